import { Counter, Histogram, type Registry } from 'prom-client';
import type { Fold } from '../../engine/fold.ts';
import type { EngineWatcher, WatchedRecord } from '../../engine/watchers.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import { endedSpans, standingBefore } from '../../telemetry/ended-spans.ts';
import { ATTRIBUTE, type SpanRecord } from '../../telemetry/span-record.ts';
import { BoundedLabel } from './bounded-labels.ts';

/** Bounds of histograms in seconds: steps of agents take from milliseconds to hours. */
const WORK_BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400];
const COMMIT_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/**
 * Counts what happens to the executions that this process drives, as it folds their records. Counters begin at zero with the process:
 * Prometheus' `rate` and `increase` know that.
 */
export class EngineMetrics implements EngineWatcher {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #tasks = new BoundedLabel();
  readonly #agents = new BoundedLabel();
  readonly #reasons = new BoundedLabel();
  readonly #meters: ReturnType<typeof metersIn>;

  constructor(registry: Registry, clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    this.#meters = metersIn(registry);
  }

  watch(fold: Fold, record: LogRecord): WatchedRecord {
    const before = standingBefore(fold);
    return {
      accepted: () => {
        const spans = endedSpans(before, fold, record);
        return () => {
          this.#countRecord(record);
          this.#countEnds(fold, spans);
        };
      },
      refused: (reason) => () => {
        this.#countRecord(record);
        this.#meters.refused.inc({ reason: this.#reasons.of(reason) });
      },
    };
  }

  begun(fold: Fold, record: LogRecord): () => void {
    const spans = endedSpans(undefined, fold, record);
    return () => {
      this.#countRecord(record);
      this.#meters.started.inc({ task: this.#taskOf(fold) });
      this.#countEnds(fold, spans);
    };
  }

  #taskOf({ pinned }: Fold): string {
    return this.#tasks.of(pinned.definition.name);
  }

  #countRecord({ at, type }: LogRecord): void {
    this.#meters.records.inc({ type });
    this.#meters.commit.observe(Math.max(0, this.#clock.now() - at) / 1000);
  }

  #countEnds(fold: Fold, spans: readonly SpanRecord[]): void {
    for (const span of spans) this.#countEnd(this.#taskOf(fold), span);
  }

  #countEnd(task: string, span: SpanRecord): void {
    const { attributes, startAt, endAt, of } = span;
    const seconds = Math.max(0, endAt - startAt) / 1000;
    const status = String(attributes[ATTRIBUTE.status] ?? 'other');
    const meters = this.#meters;
    switch (of) {
      case 'execution':
        meters.ended.inc({ task, status });
        meters.executionSeconds.observe({ task, status }, seconds);
        break;
      case 'step':
        meters.steps.inc({ kind: String(attributes[ATTRIBUTE.stepKind]), status });
        meters.stepSeconds.observe({ kind: String(attributes[ATTRIBUTE.stepKind]) }, seconds);
        break;
      case 'attempt':
        this.#countAttempt(span, seconds);
        break;
      case 'rollback':
        meters.rollbacks.inc({ task, outcome: String(attributes[ATTRIBUTE.rollbackOutcome] ?? 'other') });
        break;
      case 'phase':
        meters.phases.inc({ task, status });
        break;
    }
  }

  #countAttempt({ attributes, error }: SpanRecord, seconds: number): void {
    const meters = this.#meters;
    const agent = this.#agents.of(String(attributes[ATTRIBUTE.agent]));
    const outcome = String(attributes[ATTRIBUTE.outcome]);
    meters.attempts.inc({ agent, outcome, error: error?.type ?? '' });
    meters.attemptSeconds.observe({ agent }, seconds);
    if (outcome === 'expired') meters.expired.inc({ agent });
    const waited = attributes[ATTRIBUTE.waited];
    if (typeof waited === 'number') meters.waitSeconds.observe({ agent }, waited);
    meters.tokens.inc({ agent }, Number(attributes[ATTRIBUTE.tokens] ?? 0));
    meters.cost.inc({ agent }, Number(attributes[ATTRIBUTE.cost] ?? 0));
  }
}

function metersIn(registry: Registry) {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name: `troupe_${name}`, help, labelNames, registers });
  const histogram = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets = WORK_BUCKETS,
  ) => new Histogram({ name: `troupe_${name}`, help, labelNames, buckets, registers });
  return {
    started: counter('executions_started_total', 'Executions that this process began.', ['task']),
    ended: counter('executions_ended_total', 'Executions that ended here.', ['task', 'status']),
    executionSeconds: histogram('execution_duration_seconds', 'From start to end.', ['task', 'status']),
    phases: counter('phases_ended_total', 'Phases that ran and ended.', ['task', 'status']),
    steps: counter('steps_ended_total', 'Runs of steps that ended.', ['kind', 'status']),
    stepSeconds: histogram('step_duration_seconds', 'From the first offer of a step to its end.', ['kind']),
    attempts: counter('attempts_ended_total', 'Attempts of agents, with the class of failure.', [
      'agent',
      'outcome',
      'error',
    ]),
    attemptSeconds: histogram('attempt_duration_seconds', 'From claim to outcome.', ['agent']),
    waitSeconds: histogram('attempt_wait_seconds', 'From the offer of a step to its first claim.', ['agent']),
    expired: counter('leases_expired_total', 'Claims whose host went silent.', ['agent']),
    rollbacks: counter('rollbacks_ended_total', 'Rollbacks that are over.', ['task', 'outcome']),
    tokens: counter('agent_tokens_total', 'Tokens that agents say they used.', ['agent']),
    cost: counter('agent_cost_usd_total', 'US dollars that agents say they spent.', ['agent']),
    records: counter('records_total', 'Records of the log that were folded here.', ['type']),
    refused: counter('records_refused_total', 'Records that changed nothing.', ['reason']),
    commit: histogram(
      'record_commit_seconds',
      'From the time the log stamped on a record to its being durable and folded here.',
      [],
      COMMIT_BUCKETS,
    ),
  };
}
