import type { AgentContext } from '../../../machines/agent-context.ts';
import type { RecordData } from '../../../machines/records.ts';
import type { Fold } from '../../engine/fold.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import { EMPTY_HISTOGRAM, type Histogram, withDuration } from './durations-histogram.ts';
import type { AgentTally, Tally } from './tally.ts';

/** Counts the attempts of one execution while it folds its records: what the fold refuses counts for nothing. */
export class Tallier {
  readonly #fold: Fold;
  readonly #agents = new Map<string, { -readonly [Key in keyof AgentTally]: AgentTally[Key] }>();
  readonly #failures = new Map<string, { readonly agent: string; readonly class: string; count: number }>();
  /** Claims that stand, by their fence. */
  readonly #claims = new Map<number, { readonly agent: string; readonly at: number }>();
  /** Since when a step is offered that was offered before. */
  readonly #offeredAgain = new Map<string, number>();
  #isSpent = false;

  /** @param fold of the first record alone, or with no attempts in it */
  constructor(fold: Fold) {
    this.#fold = fold;
  }

  /** The last record that was looked at. */
  get position(): number {
    return this.#fold.world.position;
  }

  /** Records in order. One that cannot be folded ends it: nothing that follows has any effect on attempts. */
  take(record: LogRecord): void {
    if (this.#isSpent) return;
    let isAccepted: boolean;
    try {
      isAccepted = this.#fold.apply(record).accepted;
    } catch {
      this.#isSpent = true;
      return;
    }
    if (!isAccepted) return;
    this.#note(record);
    this.#noteOffer(record);
  }

  /** @param position of the entry that it stands beside, where that is later */
  tally(position = this.position): Tally {
    const { world, pinned, context } = this.#fold;
    return {
      execution: world.execution,
      task: pinned.definition.name,
      startedAt: context.startedAt,
      position: Math.max(position, this.position),
      agents: Object.fromEntries([...this.#agents].map(([agent, counts]) => [agent, { ...counts }])),
      steps: this.#stepDurations(),
      failures: [...this.#failures.values()].map((failure) => ({ ...failure })),
    };
  }

  #note({ type, data, position, at }: LogRecord): void {
    switch (type) {
      case 'step.claimed':
        this.#noteClaim(data as RecordData<'step.claimed'>, position, at);
        break;
      case 'step.succeeded':
      case 'step.failed':
      case 'step.asked':
      case 'claim.released':
      case 'claim.expired':
        this.#noteReport(type, data as Partial<RecordData<'step.failed'>>, at);
        break;
      default:
    }
  }

  #noteClaim({ step, role }: RecordData<'step.claimed'>, fence: number, at: number): void {
    const agent = this.#agent(role);
    agent.attempts += 1;
    this.#claims.set(fence, { agent: role, at });
    const offeredAt = this.#offeredAgain.get(step) ?? this.#firstOffer(step);
    this.#offeredAgain.delete(step);
    if (offeredAt !== undefined) agent.waits = withDuration(agent.waits, Math.max(0, at - offeredAt));
  }

  #noteReport(type: string, { fence, usage, error }: Partial<RecordData<'step.failed'>>, at: number): void {
    const claim = fence === undefined ? undefined : this.#claims.get(fence);
    if (fence === undefined || claim === undefined) return;
    this.#claims.delete(fence);
    const agent = this.#agent(claim.agent);
    const tookMs = Math.max(0, at - claim.at);
    agent.busyMs += tookMs;
    agent.tokens += usage?.tokens ?? 0;
    agent.usd += usage?.usd ?? 0;
    if (type === 'step.succeeded') {
      agent.succeeded += 1;
      agent.work = withDuration(agent.work, tookMs);
    } else if (type === 'step.failed') {
      agent.failed += 1;
      this.#countFailure(claim.agent, error?.class ?? 'crash');
    } else if (type !== 'step.asked') {
      agent.lost += 1;
    }
  }

  #countFailure(agent: string, failureClass: string): void {
    const key = `${agent} ${failureClass}`;
    const failure = this.#failures.get(key);
    if (failure === undefined) this.#failures.set(key, { agent, class: failureClass, count: 1 });
    else failure.count += 1;
  }

  /** What was kept from the execution that this one was run again of took its time there. */
  #stepDurations(): Tally['steps'] {
    const { pinned, world, context } = this.#fold;
    const steps: Record<string, Histogram> = {};
    for (const { results } of world.ledger.phases.values()) {
      for (const { step, status, startedAt, endedAt } of results.values()) {
        if (status !== 'succeeded' || startedAt < context.startedAt) continue;
        const id = pinned.stepsById.has(step) ? step : step.replace(/_\d+$/, '');
        steps[id] = withDuration(steps[id] ?? EMPTY_HISTOGRAM, Math.max(0, endedAt - startedAt));
      }
    }
    return steps;
  }

  #noteOffer({ type, data, at }: LogRecord): void {
    const step = OFFERING.has(type) ? stepIn(data) : undefined;
    if (step === undefined) return;
    const actor = this.#fold.world.steps.get(step);
    if (actor?.src === 'agent' && actor.getSnapshot().value === 'offered') this.#offeredAgain.set(step, at);
  }

  /** The first offer of this try of the step. */
  #firstOffer(step: string): number | undefined {
    const actor = this.#fold.world.steps.get(step);
    if (actor?.src !== 'agent') return undefined;
    const { attempt, firstAttempt, offeredAt } = actor.getSnapshot().context as AgentContext;
    return attempt === firstAttempt ? offeredAt : undefined;
  }

  #agent(role: string) {
    let agent = this.#agents.get(role);
    if (agent === undefined) {
      agent = {
        attempts: 0,
        succeeded: 0,
        failed: 0,
        lost: 0,
        tokens: 0,
        usd: 0,
        work: EMPTY_HISTOGRAM,
        busyMs: 0,
        waits: EMPTY_HISTOGRAM,
      };
      this.#agents.set(role, agent);
    }
    return agent;
  }
}

/** Records after which a step that was claimed before may be offered again. */
const OFFERING: ReadonlySet<string> = new Set([
  'timer.fired',
  'claim.expired',
  'claim.released',
  'approval.granted',
  'approval.rejected',
]);

/** The run that the record is about; a timer's id names it: `step/RUN/…`. */
function stepIn(data: unknown): string | undefined {
  const { step, timerId } = data as { step?: unknown; timerId?: unknown };
  if (typeof step === 'string') return step;
  return typeof timerId === 'string' ? /^step\/([^/]+)\//.exec(timerId)?.[1] : undefined;
}
