import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../../../src/json.ts';
import { Cluster } from '../../../src/simulation/cluster/cluster.ts';
import type { TimedFault } from '../../../src/simulation/cluster/faults.ts';
import type { TaskDefinition } from '../../../src/task/definition.ts';
import { pinnedOf } from '../../engine/open-world.ts';
import { attend } from './trial.ts';
import { type Workload, workloadOf } from './workload.ts';

/** What a client can know: what it started, and which ends it has seen. */
interface Model {
  readonly started: Set<string>;
  /** An end stays one until somebody asks for a retry. */
  readonly ended: Map<string, string>;
  /** The server has lost records, or will: nothing is certain any more but what holds for any log. */
  isLosing: boolean;
}

interface Real {
  readonly cluster: Cluster;
  readonly workload: Workload;
}

type Command = fc.AsyncCommand<Model, Real>;

/** A workload may have fewer tasks than there are names. */
function definitionIn({ executions }: Workload, name: string): TaskDefinition {
  const found = executions.find(({ execution }) => execution === name) ?? executions[0];
  if (found === undefined) throw new Error('a workload without tasks');
  return found.definition;
}

const NODES = ['o1', 'o2', 'h1', 'h2'];
const EXECUTIONS = ['e0', 'e1', 'e2'];

async function look(model: Model, { cluster }: Real): Promise<void> {
  expect(cluster.findings).toEqual([]);
  for (const execution of model.started) {
    const fold = await cluster.fold(execution);
    const before = model.ended.get(execution);
    if (model.isLosing) continue;
    if (before !== undefined) expect(fold?.status).toBe(before);
    else if (fold?.hasEnded === true) model.ended.set(execution, fold.status);
  }
}

class Start implements Command {
  readonly #execution: string;

  constructor(execution: string) {
    this.#execution = execution;
  }

  check({ started }: Readonly<Model>): boolean {
    return !started.has(this.#execution);
  }

  async run(model: Model, real: Real): Promise<void> {
    const { input } = real.workload;
    const pinned = pinnedOf(definitionIn(real.workload, this.#execution));
    await real.cluster.start({ execution: this.#execution, pinned, input });
    model.started.add(this.#execution);
    await look(model, real);
  }

  toString(): string {
    return `start ${this.#execution}`;
  }
}

class Ask implements Command {
  readonly #execution: string;
  readonly #type: string;

  constructor(execution: string, type: string) {
    this.#execution = execution;
    this.#type = type;
  }

  check({ started }: Readonly<Model>): boolean {
    return started.has(this.#execution);
  }

  async run(model: Model, real: Real): Promise<void> {
    const data: Json = this.#type === 'signal.sent' ? { name: 'go', payload: 1 } : {};
    if (this.#type === 'retry.requested') model.ended.delete(this.#execution);
    await real.cluster.control(this.#execution, this.#type, data);
    await look(model, real);
  }

  toString(): string {
    return `${this.#type} ${this.#execution}`;
  }
}

class Strike implements Command {
  readonly #fault: Omit<TimedFault, 'at'>;

  constructor(fault: Omit<TimedFault, 'at'>) {
    this.#fault = fault;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    if (this.#fault.kind === 'lose-tail') model.isLosing = true;
    real.cluster.strike(this.#fault);
    await look(model, real);
  }

  toString(): string {
    const { kind, node, forMs } = this.#fault;
    return `${kind} ${node ?? 'server'} ${forMs} ms`;
  }
}

class Advance implements Command {
  readonly #ms: number;

  constructor(ms: number) {
    this.#ms = ms;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    const { cluster } = real;
    const until = cluster.now() + this.#ms;
    while (await cluster.step(until)) if (cluster.now() >= until) break;
    await look(model, real);
  }

  toString(): string {
    return `${this.#ms} ms pass`;
  }
}

const execution = fc.constantFrom(...EXECUTIONS);
const forMs = fc.integer({ min: 50, max: 15_000 });
const commands = [
  execution.map((name) => new Start(name)),
  fc
    .tuple(
      execution,
      fc.constantFrom(
        'pause.requested',
        'resume.requested',
        'signal.sent',
        'retry.requested',
        'abort.requested',
      ),
    )
    .map(([name, type]) => new Ask(name, type)),
  fc
    .record({
      kind: fc.constantFrom('crash', 'stop', 'deaf', 'mute'),
      node: fc.constantFrom(...NODES),
      forMs,
    })
    .map((fault) => new Strike(fault)),
  fc.record({ kind: fc.constant('server-down'), forMs }).map((fault) => new Strike(fault)),
  fc
    .record({ kind: fc.constant('lose-tail'), forMs, records: fc.integer({ min: 1, max: 4 }) })
    .map((fault) => new Strike(fault)),
  fc.integer({ min: 1, max: 4_000 }).map((ms) => new Advance(ms)),
  fc.integer({ min: 1, max: 400 }).map((ms) => new Advance(ms)),
];

test('whatever is asked and whatever breaks, in any order, every execution ends and nothing is found', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(1_000), fc.commands(commands, { maxCommands: 25 }), async (seed, run) => {
      const workload = workloadOf(seed);
      // Nothing strikes by itself: the window is open for what the commands do.
      await using cluster = new Cluster({ seed, agents: workload.agents, faultWindowMs: 600_000 });
      const model: Model = { started: new Set(), ended: new Map(), isLosing: false };
      await fc.asyncModelRun(() => ({ model, real: { cluster, workload } }), run);
      const executions = [...model.started].map((name) => ({
        execution: name,
        definition: definitionIn(workload, name),
        isRetried: false,
      }));
      for (let round = 0; round < 40; round += 1) {
        await cluster.rest();
        if (!(await attend(cluster, { ...workload, executions }))) break;
      }
      expect(cluster.finish()).toEqual([]);
    }),
    { numRuns: 40 },
  );
}, 120_000);
