import type { RecordData } from '../../machines/records.ts';
import type { ArtifactRef } from '../json.ts';
import type { StepError, Usage } from '../ports/agent-request.ts';
import type { LogRecord, Position } from '../ports/event-log.ts';

/** One claim of a step: from when a host took it to what came of it. Instants are ms since 1970, in the log's time. */
export interface Attempt {
  /** The step's run. */
  readonly step: string;
  readonly attempt: number;
  readonly agent: string;
  readonly host: string;
  readonly claimedAt: number;
  /** Null while it stands. */
  readonly endedAt: number | null;
  /** `released`: the host gave it up or was made to; `expired`: the host went silent. Null while it stands. */
  readonly outcome: 'succeeded' | 'failed' | 'released' | 'expired' | 'asked' | null;
  readonly error?: StepError | undefined;
  readonly usage?: Usage | undefined;
  /** What the agent wrote to stderr. */
  readonly logs?: ArtifactRef | undefined;
}

const OUTCOMES: { readonly [type: string]: NonNullable<Attempt['outcome']> } = {
  'step.succeeded': 'succeeded',
  'step.failed': 'failed',
  'claim.released': 'released',
  'step.asked': 'asked',
  'claim.expired': 'expired',
};

interface Entry {
  readonly claimed: Attempt;
  readonly claimedBy: Position;
  ended: { readonly attempt: Attempt; readonly by: Position } | undefined;
}

/** Every attempt of an execution, from the records that were taken, as they come. What is asked of it can be asked of any position. */
export class AttemptBook {
  /** By fence, in the order of the claims. */
  readonly #entries = new Map<Position, Entry>();
  readonly #bySteps = new Map<string, Entry[]>();

  /** @param record one that the fold has taken */
  note(record: LogRecord): void {
    if (record.type === 'step.claimed') this.#claim(record);
    const outcome = OUTCOMES[record.type];
    if (outcome !== undefined) this.#end(record, outcome);
  }

  /** In the order of their claims. @param upTo as it was after the record at this position; default: now */
  list(upTo: Position = Number.POSITIVE_INFINITY): readonly Attempt[] {
    return attemptsIn(this.#entries.values(), upTo);
  }

  of(step: string, upTo: Position = Number.POSITIVE_INFINITY): readonly Attempt[] {
    return attemptsIn(this.#bySteps.get(step) ?? [], upTo);
  }

  #claim(record: LogRecord): void {
    const { step, attempt, role, host } = record.data as RecordData<'step.claimed'>;
    const claimed = { step, attempt, agent: role, host, claimedAt: record.at, endedAt: null, outcome: null };
    const entry = { claimed, claimedBy: record.position, ended: undefined };
    this.#entries.set(record.position, entry);
    const known = this.#bySteps.get(step);
    if (known === undefined) this.#bySteps.set(step, [entry]);
    else known.push(entry);
  }

  /** The fence names the claim. */
  #end(record: LogRecord, outcome: NonNullable<Attempt['outcome']>): void {
    const { fence, error, usage, logs } = record.data as Partial<RecordData<'step.failed'>>;
    const entry = fence === undefined ? undefined : this.#entries.get(fence);
    if (entry === undefined) return;
    const how = { outcome, error: error as StepError | undefined, usage, logs };
    entry.ended = { attempt: { ...entry.claimed, endedAt: record.at, ...how }, by: record.position };
  }
}

function attemptsIn(entries: Iterable<Entry>, upTo: Position): readonly Attempt[] {
  const attempts: Attempt[] = [];
  for (const { claimed, claimedBy, ended } of entries) {
    if (claimedBy > upTo) break;
    attempts.push(ended === undefined || ended.by > upTo ? claimed : ended.attempt);
  }
  return attempts;
}
