import type { RecordData } from '../../machines/records.ts';
import type { Fold } from '../engine/fold.ts';
import { beginFold, loadFold, type Sources, startIn } from '../engine/load.ts';
import type { ArtifactRef } from '../json.ts';
import type { StepError, Usage } from '../ports/agent-request.ts';
import type { LogRecord } from '../ports/event-log.ts';

/** An execution told from its whole log: where it stands, every record with what became of it, and every attempt. */
export interface Story {
  readonly fold: Fold;
  readonly records: readonly ToldRecord[];
  /** In the order of their claims. */
  readonly attempts: readonly Attempt[];
}

export interface ToldRecord {
  readonly record: LogRecord;
  /** Why it changed nothing; absent for one that was taken. */
  readonly refusal?: string | undefined;
}

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

/** Reads and folds the whole log; undefined when there is no such execution. */
export async function readStory(execution: string, sources: Sources): Promise<Story | undefined> {
  const log = await sources.log.read(execution);
  const start = log.findIndex((record) => startIn(record) !== undefined);
  const first = log[start];
  if (first === undefined) return undefined;
  const teller = new StoryTeller(await beginFold(first, sources), first);
  for (const record of log.slice(start + 1)) {
    if (teller.tell(record)) continue;
    // It cannot be folded: from there on the execution is suspended, which the whole log tells.
    const fold = await loadFold(execution, sources);
    return fold === undefined ? undefined : teller.suspended(fold, log.slice(log.indexOf(record)));
  }
  return teller.story();
}

/** Tells a story record by record, as they come. */
export class StoryTeller {
  readonly #fold: Fold;
  readonly #records: ToldRecord[];
  readonly #attempts = new Map<number, Attempt>();

  constructor(fold: Fold, first: LogRecord) {
    this.#fold = fold;
    this.#records = [{ record: first }];
  }

  /** False when the record cannot be folded. */
  tell(record: LogRecord): boolean {
    try {
      const applied = this.#fold.apply(record);
      if (applied.accepted) this.#note(record);
      this.#records.push(applied.accepted ? { record } : { record, refusal: applied.reason });
      return true;
    } catch {
      return false;
    }
  }

  /** Where it stands. */
  get fold(): Fold {
    return this.#fold;
  }

  /** What was told last. */
  get latest(): ToldRecord {
    // There is always the first.
    return this.#records.at(-1) as ToldRecord;
  }

  story(): Story {
    return { fold: this.#fold, records: this.#records, attempts: [...this.#attempts.values()] };
  }

  suspended(fold: Fold, rest: readonly LogRecord[]): Story {
    const untold = rest.map((record, at) => ({
      record,
      refusal: at === 0 ? 'cannot be folded' : 'not-accepted-now',
    }));
    return { ...this.story(), fold, records: [...this.#records, ...untold] };
  }

  #note(record: LogRecord): void {
    if (record.type === 'step.claimed') {
      const { step, attempt, role, host } = record.data as RecordData<'step.claimed'>;
      const claimed = { step, attempt, agent: role, host, claimedAt: record.at };
      this.#attempts.set(record.position, { ...claimed, endedAt: null, outcome: null });
      return;
    }
    const outcome = OUTCOMES[record.type];
    if (outcome !== undefined) this.#end(record, outcome);
  }

  /** The fence names the claim. */
  #end(record: LogRecord, outcome: Attempt['outcome']): void {
    const { fence, error, usage, logs } = record.data as Partial<RecordData<'step.failed'>>;
    const claimed = fence === undefined ? undefined : this.#attempts.get(fence);
    if (fence === undefined || claimed === undefined) return;
    this.#attempts.set(fence, {
      ...claimed,
      endedAt: record.at,
      outcome,
      error: error as StepError | undefined,
      usage,
      logs,
    });
  }
}
