import { scopeOf } from '../../../machines/scope.ts';
import type { Fold } from '../../engine/fold.ts';
import type { LifecycleEvent } from '../../engine/lifecycle.ts';
import { digestOf, type Pinned } from '../../engine/pinned.ts';
import { forkImpossible } from '../../errors.ts';
import type { Json } from '../../json.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import { explain } from '../../task/expression.ts';
import type { AgentScript } from '../agents/script.ts';
import type { FaultLevel } from '../cluster/faults.ts';
import type { Outside } from '../deadlock/outside.ts';
import { findDeadlock, type Standstill } from '../deadlock.ts';
import type { Fault, OpenedStage, OpenStage } from '../open-stage.ts';
import type { Past } from '../past.ts';
import { People, type ScriptedPeople } from '../scripted-people.ts';
import { type ScriptedSignal, SignalSender } from '../scripted-signal.ts';
import { AttemptTrail } from './attempt-trail.ts';
import { brokenOffStandstill } from './broken-off.ts';
import type { RunOutcome, RunPhase, RunResult, RunStep } from './run-result.ts';

/** All that the runs of a campaign have in common. */
export interface RunSetting {
  readonly pinned: Pinned;
  readonly input: Json;
  readonly agents: { readonly [role: string]: AgentScript };
  /** Roles that no host offers. */
  readonly without: readonly string[];
  /** Attempts of a role at once on one host. */
  readonly seatsPerHost: (role: string) => number;
  /** Absent: persons may send any signal, and nobody does. */
  readonly signals?: readonly ScriptedSignal[] | undefined;
  /** What people say where steps ask them. */
  readonly people?: ScriptedPeople | undefined;
  readonly openStage: OpenStage;
  /** The runs go on from here; only where all is well. Absent: they begin at the beginning. */
  readonly past?: Past | undefined;
}

export interface RunRequest {
  readonly seed: number;
  readonly hosts: number;
  readonly faults: FaultLevel;
  /** In place of the faults that the seed draws. */
  readonly script?: readonly Fault[] | undefined;
}

export interface SimulatedRun {
  readonly result: RunResult;
  readonly events: readonly LifecycleEvent[];
  readonly startedAt: number;
  /** The faults that were made. */
  readonly script: readonly Fault[];
  /** Its whole log, the past included. */
  readonly records: readonly LogRecord[];
}

const EXECUTION = 'simulated';

/** Runs the task once: until it has ended, or until nothing moves it any more. The same request gives the same run. */
export async function simulateRun(setting: RunSetting, request: RunRequest): Promise<SimulatedRun> {
  const { seed, hosts, faults, script } = request;
  const { agents, without, seatsPerHost } = setting;
  const windowMs =
    faults === 'none' || setting.past !== undefined ? 0 : await faultWindowFor(setting, request);
  const startAt = setting.past?.at;
  const options = { seed, hosts, faults, script, agents, without, seatsPerHost, windowMs, startAt };
  await using stage = await setting.openStage(options);
  const run = new Run(stage, setting, request);
  await run.start();
  const outcome = await run.conclude(await run.toItsEnd());
  return {
    result: await run.result(seed, outcome),
    events: run.events,
    startedAt: run.startedAt,
    script: stage.faultScript ?? [],
    records: await stage.records(run.execution),
  };
}

/** Faults strike as long as the run takes without any, and a while longer. */
async function faultWindowFor(setting: RunSetting, { seed, hosts }: RunRequest): Promise<number> {
  const calm = await simulateRun(setting, { seed, hosts, faults: 'none' });
  return Math.min(LONGEST_WINDOW_MS, Math.max(SHORTEST_WINDOW_MS, Math.ceil(calm.result.durationMs * 1.2)));
}

const SHORTEST_WINDOW_MS = 15_000;
/** A minute of faults is a bad one; more only takes longer to simulate. */
const LONGEST_WINDOW_MS = 60_000;

class Run {
  readonly events: LifecycleEvent[] = [];
  readonly startedAt: number;
  readonly execution: string;
  readonly #stage: OpenedStage;
  readonly #hosts: number;
  readonly #setting: RunSetting;
  readonly #signals: SignalSender;
  readonly #people: People;
  readonly #seen = new Set<string>();
  #ended: RunOutcome | undefined;
  #standstill: Standstill | null = null;
  #findings: readonly string[] = [];
  #starts = 0;

  constructor(stage: OpenedStage, setting: RunSetting, { hosts, faults }: RunRequest) {
    this.#stage = stage;
    // On one host in place of many, where there is nobody whom another could get in the way of.
    this.#hosts = faults === 'none' ? hosts : 1;
    this.#setting = setting;
    this.startedAt = setting.past?.startedAt ?? stage.now();
    this.execution = setting.past?.execution ?? EXECUTION;
    this.#signals = new SignalSender(stage, this.execution, setting.signals ?? []);
    this.#people = new People(stage, this.execution, setting.people ?? {});
    stage.listen((event) => this.#hear(event));
  }

  async start(): Promise<void> {
    this.#starts += 1;
    const { past } = this.#setting;
    if (past !== undefined) return this.#adopt(past);
    const { pinned, input, seatsPerHost } = this.#setting;
    const performed = this.#seated(pinned, seatsPerHost);
    await this.#stage.start({ execution: this.execution, pinned: performed, input });
  }

  async #adopt(past: Past): Promise<void> {
    const { seatsPerHost } = this.#setting;
    if (this.#stage.adopt === undefined)
      throw forkImpossible(this.execution, 'no faults can be made there', 'Leave the faults out.');
    await this.#stage.adopt({ ...past, pinned: this.#seated(past.pinned, seatsPerHost) });
  }

  #seated(pinned: Pinned, seatsPerHost: RunSetting['seatsPerHost']): Pinned {
    const agents = Object.entries(pinned.agents).map(
      ([role, agent]) =>
        [role, { ...agent, concurrency: Math.min(MOST_SEATS, this.#hosts * seatsPerHost(role)) }] as const,
    );
    return { ...pinned, agents: Object.fromEntries(agents) };
  }

  async toItsEnd(): Promise<RunOutcome> {
    // Steps of time in which nothing was heard of the execution: heartbeats and the like.
    let silent = 0;
    for (;;) {
      const heard = this.events.length;
      if (this.#ended !== undefined) return this.#ended;
      await this.#signals.sendDue();
      if (!this.#people.isEmpty) {
        this.#people.see(await this.#fold());
        await this.#people.sendDue();
      }
      if (this.events.length > heard) continue;
      if (isPowerOfTwo(silent) || silent === 0) {
        const still = await this.#look(silent);
        if (still !== undefined) return still;
      }
      const moved = await this.#stage.step(this.#nextAt);
      if (this.events.length > heard) silent = 0;
      else silent += 1;
      if (!moved && this.#nextAt === undefined && this.events.length === heard) {
        const outcome = await this.#atRest();
        if (outcome !== undefined) return outcome;
      }
      if (silent > MOST_SILENT) return 'endless';
    }
  }

  /** Where things go wrong an end may be lost again with the tail of its log: what counts is how all comes to rest. */
  async conclude(first: RunOutcome): Promise<RunOutcome> {
    let outcome = first;
    for (let round = 0; this.#stage.conclude !== undefined && round < MOST_ROUNDS; round += 1) {
      this.#findings = await this.#stage.conclude();
      const fold = await this.#fold();
      if (fold.hasEnded) return fold.status as RunOutcome;
      // Something is still to come that only this world sends.
      this.#ended = undefined;
      outcome = await this.toItsEnd();
      if (outcome === 'deadlock' || outcome === 'waiting') break;
    }
    return outcome;
  }

  async result(seed: number, outcome: RunOutcome): Promise<RunResult> {
    const fold = await this.#fold();
    const { usage, outputs } = fold.world.ledger;
    const endedAt = fold.context.endedAt ?? this.#stage.now();
    const { error } = fold;
    const isBrokenOff = fold.hasEnded && outcome !== 'completed';
    return {
      seed,
      outcome,
      error:
        error === undefined
          ? null
          : { code: error.code, message: error.message, phase: error.phase, step: error.step },
      durationMs: endedAt - this.startedAt,
      usd: usage.usd,
      tokens: usage.tokens,
      phases: phasesOf(fold, this.startedAt, endedAt),
      attempts: new AttemptTrail(this.events, fold, this.startedAt, endedAt).attempts,
      steps: stepsOf(fold, this.startedAt),
      outputs: outputs ?? {},
      standstill: isBrokenOff
        ? brokenOffStandstill(await this.#stage.records(this.execution), fold, this.#outside())
        : this.#standstill,
      findings: this.#findings,
    };
  }

  /** Whether it stands still for ever, or waits for a person: a proof, so that it need not be waited for. */
  async #look(silent: number): Promise<RunOutcome | undefined> {
    if (silent === 0 && this.#stage.sleeping !== 0) return undefined;
    const fold = await this.#fold();
    const verdict = findDeadlock(fold, this.#outside());
    if (verdict.kind === 'deadlock' || verdict.kind === 'waiting') {
      this.#standstill = verdict;
      return verdict.kind;
    }
    // It waits for something that is not in this world: no agent that is at work has anything more to wait for.
    const isStuck = verdict.kind === 'moving' && verdict.moves.every(({ kind }) => kind === 'report');
    return isStuck && silent > 0 && this.#stage.sleeping === 0 ? 'endless' : undefined;
  }

  /** Undefined: it goes on, since it was just started again. */
  async #atRest(): Promise<RunOutcome | undefined> {
    const starts = this.#starts;
    const fold = await this.#fold();
    if (this.#starts > starts) return undefined;
    if (fold.hasEnded) return fold.status as RunOutcome;
    const verdict = findDeadlock(fold, this.#outside());
    if (verdict.kind === 'deadlock' || verdict.kind === 'waiting') {
      this.#standstill = verdict;
      return verdict.kind;
    }
    return 'endless';
  }

  async #fold(): Promise<Fold> {
    let fold = await this.#stage.fold(this.execution);
    if (fold === undefined) {
      // The server lost the start with the tail of its log: whoever submitted it does so again.
      await this.start();
      fold = await this.#stage.fold(this.execution);
    }
    if (fold === undefined) throw new Error('The execution was started and is not there');
    return fold;
  }

  get #nextAt(): number | undefined {
    const times = [this.#signals.nextAt, this.#people.nextAt].filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #outside(): Outside {
    const { without, signals } = this.#setting;
    return {
      hasHost: (role) => !without.includes(role),
      signals: signals === undefined ? undefined : this.#signals.sources,
      decisions: this.#people.steps,
    };
  }

  #hear(event: LifecycleEvent): void {
    // Told at least once; live progress is no part of what happened.
    if (event.type === 'step:progress') return;
    const key = `${event.position} ${event.type} ${'phase' in event ? event.phase : ''}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.events.push(event);
    this.#ended ??= ENDINGS[event.type];
  }
}

const ENDINGS: { readonly [type: string]: RunOutcome } = {
  'execution:complete': 'completed',
  'execution:error': 'failed',
  'execution:timeout': 'timedOut',
  'execution:aborted': 'aborted',
  'execution:rolledback': 'rolledBack',
  'execution:suspended': 'suspended',
};

const MOST_ROUNDS = 5;
const MOST_SILENT = 50_000;
const MOST_SEATS = 10_000;

function isPowerOfTwo(count: number): boolean {
  return count > 0 && (count & (count - 1)) === 0;
}

function phasesOf(fold: Fold, startedAt: number, endedAt: number): readonly RunPhase[] {
  const { world, context } = fold;
  const children = fold.root.getSnapshot().children as {
    readonly [id: string]: { getSnapshot(): { context: { startedAt?: number } } } | undefined;
  };
  return world.definition.phases.map((phase, index): RunPhase => {
    const standing = context.phases[phase.name];
    const summary = world.ledger.phases.get(phase.name)?.summary;
    const hasEnded = standing !== undefined && standing !== 'admitted' && standing !== 'waiting';
    const begunAt = children[`phase-${index}`]?.getSnapshot().context.startedAt;
    const until = (hasEnded ? summary?.endedAt : undefined) ?? endedAt;
    const status = hasEnded ? standing : standing === 'admitted' ? 'running' : 'pending';
    return {
      name: phase.name,
      dependsOn: phase.dependsOn,
      // A phase that was cancelled before it began never began.
      status: status !== 'skipped' && begunAt === undefined ? 'pending' : status,
      degraded: hasEnded && summary?.degraded === true,
      startedAt: (begunAt ?? until) - startedAt,
      endedAt: until - startedAt,
      ...(status === 'skipped' && phase.when !== undefined
        ? { saw: explain(phase.when, scopeOf(world, phase)) }
        : {}),
    };
  });
}

function stepsOf({ world, pinned }: Fold, startedAt: number): readonly RunStep[] {
  const ended = world.definition.phases.flatMap(({ name }) =>
    [...(world.ledger.phases.get(name)?.results.values() ?? [])].map(
      (result): RunStep => ({
        run: result.step,
        step: pinned.stepsById.has(result.step) ? result.step : result.step.replace(/_\d+$/, ''),
        phase: name,
        status: result.status,
        answer:
          result.kind === 'agent' && result.status === 'succeeded' ? digestOf(result.output ?? null) : null,
        endedAt: result.endedAt - startedAt,
      }),
    ),
  );
  const live = [...world.steps].map(([run, actor]): RunStep => {
    const { value, context } = actor.getSnapshot();
    return {
      run,
      step: context.step,
      phase: context.phase,
      status: String(value),
      answer: null,
      endedAt: Number.POSITIVE_INFINITY,
    };
  });
  return [...ended, ...live].sort((one, other) => one.endedAt - other.endedAt);
}
