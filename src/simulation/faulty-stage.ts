import type { Fold } from '../engine/fold.ts';
import { type LifecycleEvent, stepEventOf } from '../engine/lifecycle.ts';
import type { LogRecord, NewRecord } from '../ports/event-log.ts';
import { performAs } from './agents/perform-as.ts';
import { Cluster } from './cluster/cluster.ts';
import type { FaultScript, PointFault, TimedFault } from './cluster/faults.ts';
import type { Fault, OpenedStage, OpenStageOptions } from './open-stage.ts';
import type { StageStart } from './stage.ts';

/** Several orchestrators and hosts under faults, with scripted agents; the faults as one list. */
export class FaultyStage implements OpenedStage {
  readonly #cluster: Cluster;
  readonly #steps: StepTeller;

  constructor({ seed, agents, hosts, without, seatsPerHost, faults, script, windowMs }: OpenStageOptions) {
    this.#cluster = new Cluster({
      seed,
      hosts,
      faults: script === undefined ? faults : scriptOf(script),
      faultWindowMs: windowMs,
      agents: (clock) =>
        Object.entries(agents)
          .filter(([role]) => !without.includes(role))
          .map(([role, agent]) => performAs(role, agent, { clock, seed, concurrency: seatsPerHost(role) })),
    });
    this.#steps = new StepTeller(this.#cluster);
  }

  get faultScript(): readonly Fault[] {
    const { points, timed } = this.#cluster.script;
    return [...timed, ...points];
  }

  /** Waits until nothing more comes by itself, then checks what there is to check. */
  async conclude(): Promise<readonly string[]> {
    await this.#cluster.rest();
    await this.#steps.tell();
    return [...new Set(this.#cluster.finish().map(({ invariant, what }) => `${invariant}: ${what}`))];
  }

  now(): number {
    return this.#cluster.now();
  }

  async start(request: StageStart): Promise<void> {
    this.#steps.execution = request.execution;
    await this.#cluster.start(request);
  }

  append(record: NewRecord): Promise<LogRecord> {
    return this.#cluster.append(record);
  }

  records(execution: string): Promise<readonly LogRecord[]> {
    return this.#cluster.records(execution);
  }

  fold(execution: string): Promise<Fold | undefined> {
    return this.#cluster.fold(execution);
  }

  listen(listener: (event: LifecycleEvent) => void): () => void {
    this.#steps.listeners.add(listener);
    const stop = this.#cluster.listen((event) => {
      if (!event.type.startsWith('step:')) listener(event);
    });
    return () => {
      this.#steps.listeners.delete(listener);
      stop();
    };
  }

  async step(until?: number): Promise<boolean> {
    const moved = await this.#cluster.step(until);
    await this.#steps.tell();
    return moved;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cluster[Symbol.asyncDispose]();
  }
}

/** Owners tell of executions and phases alone; what steps did is read from the log, once each. */
class StepTeller {
  readonly listeners = new Set<(event: LifecycleEvent) => void>();
  execution = '';
  readonly #cluster: Cluster;
  readonly #told = new Set<string>();
  #count = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async tell(): Promise<void> {
    if (this.#cluster.recordCount === this.#count) return;
    this.#count = this.#cluster.recordCount;
    const fold = await this.#cluster.fold(this.execution);
    if (fold === undefined) return;
    for (const record of await this.#cluster.records(this.execution)) {
      const event = stepEventOf(fold, record);
      if (event === undefined || !('attempt' in event) || !('phase' in event)) continue;
      const key = `${event.type} ${event.step}/${event.attempt}`;
      if (this.#told.has(key) || !isTaken(fold, event)) continue;
      this.#told.add(key);
      // The log's time of the record, not that of the fold.
      const at = { ...event, at: record.at };
      for (const listener of this.listeners) listener(at);
    }
  }
}

/** An outcome that the fold refused ended nothing. */
function isTaken(fold: Fold, event: LifecycleEvent): boolean {
  if (event.type !== 'step:complete') return true;
  const result = fold.world.ledger.phases.get(event.phase)?.results.get(event.step);
  return result?.status === 'succeeded' && result.lastAttempt === event.attempt;
}

function scriptOf(faults: readonly Fault[]): FaultScript {
  return {
    timed: faults.filter((fault): fault is TimedFault => 'at' in fault),
    points: faults.filter((fault): fault is PointFault => !('at' in fault)),
  };
}
