import type { Rules } from '../../machines/world.ts';
import { seededRandom } from '../../src/adapters/memory/seeded-random.ts';
import { createMemoryStore } from '../../src/adapters/memory/store.ts';
import { VirtualClock } from '../../src/adapters/memory/virtual-clock.ts';
import { MemoryWorld } from '../../src/adapters/memory/world.ts';
import type { AgentFunction } from '../../src/agent/define.ts';
import { defineAgent } from '../../src/agent/define.ts';
import type { LifecycleEvent } from '../../src/engine/lifecycle.ts';
import type { Pinned } from '../../src/engine/pinned.ts';
import { Embedded, type EmbeddedOptions } from '../../src/library/embedded.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ResponseCache } from '../../src/ports/response-cache.ts';
import type { PhaseDefinition, StepDefinition, TaskDefinition } from '../../src/task/definition.ts';
import { rolesOf } from '../../src/task/roles.ts';

/** Virtual time and one data folder in memory, on which engines are opened like processes on a machine. */
export class World {
  readonly clock = new VirtualClock();
  /** By how much the machine's clock was set back. */
  setBackMs = 0;
  /** What the processes that are opened from now on have for a cache, given the one that all share. */
  cacheOf = (shared: ResponseCache): ResponseCache => shared;
  readonly #random = seededRandom(1);
  readonly #memory = new MemoryWorld('world');

  /** From now on every commit fails with what this throws, if it does. */
  interceptCommits(onCommit: () => void): void {
    this.#memory.records.interceptCommits(onCommit);
  }

  /** One process; its agents are the functions, by role. */
  async open(
    agents: { readonly [role: string]: AgentFunction } = {},
    options: Partial<EmbeddedOptions> & { readonly rules?: Rules } = {},
  ): Promise<Process> {
    const clock = this.#machineClock();
    const whole = createMemoryStore({ clock, random: this.#random, world: this.#memory });
    const store = { ...whole, responses: this.cacheOf(whole.responses) };
    const functions = Object.entries(agents).map(([name, run]) => defineAgent({ name, run }));
    const embedded = await Embedded.open({
      store,
      functions,
      clock,
      random: this.#random,
      cancelGraceMs: 100,
      ...options,
    });
    return new Process(embedded, this.clock);
  }

  #machineClock(): Clock {
    const { clock } = this;
    return {
      now: () => clock.now() - this.setBackMs,
      monotonic: () => clock.monotonic(),
      schedule: (delayMs, callback) => clock.schedule(delayMs, callback),
      soon: (callback) => clock.soon(callback),
    };
  }
}

export class Process {
  readonly embedded: Embedded;
  readonly events: LifecycleEvent[] = [];
  readonly #clock: VirtualClock;

  constructor(embedded: Embedded, clock: VirtualClock) {
    this.embedded = embedded;
    this.#clock = clock;
    embedded.engine.listen((event) => this.events.push(event));
  }

  get engine() {
    return this.embedded.engine;
  }

  /** Starts the task and lets everything happen that needs no time to pass. */
  async begin(
    definition: TaskDefinition,
    { execution = 'e', input = {} }: { execution?: string; input?: object } = {},
  ) {
    const begun = await this.engine.begin({ execution, pinned: pinnedOf(definition), input: input as never });
    await this.settle();
    return begun;
  }

  /** Lets everything happen that needs no time to pass. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await this.#clock.advance(0);
  }

  async advance(ms: number): Promise<void> {
    await this.#clock.advance(ms);
    await this.settle();
  }

  async status(execution = 'e'): Promise<string | undefined> {
    return (await this.engine.state(execution))?.status;
  }

  /** The process is gone from one moment to the next: nothing is released, nobody is told. */
  async die(): Promise<void> {
    await this.embedded.store.close();
  }
}

/** Every role that a static agent step names, with no file behind it. */
export function pinnedOf(definition: TaskDefinition): Pinned {
  const roles = definition.phases.flatMap((phase) => phase.steps.flatMap(rolesOf));
  return { definition, agents: Object.fromEntries(roles.map((name) => [name, { name }])) };
}

export function task(phases: readonly PhaseDefinition[], rest: Partial<TaskDefinition> = {}): TaskDefinition {
  return {
    name: 'test',
    version: '1.0.0',
    requirements: {},
    concurrency: {},
    onFailure: 'fail',
    phases: [...phases],
    ...rest,
  };
}

export function phase(
  name: string,
  steps: readonly StepDefinition[],
  rest: Partial<PhaseDefinition> = {},
): PhaseDefinition {
  return { name, dependsOn: [], parallel: true, steps: [...steps], agents: [], outputs: [], ...rest };
}

export function agentStep(
  id: string,
  rest: Partial<Extract<StepDefinition, { kind: 'agent' }>> = {},
): StepDefinition {
  return { kind: 'agent', id, title: id, agent: 'worker', instructions: `do ${id}`, ...rest };
}
