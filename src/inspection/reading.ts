import type { Rules } from '../../machines/world.ts';
import { Fold } from '../engine/fold.ts';
import { FoldFailure } from '../engine/fold-failure.ts';
import type { FoldSnapshot } from '../engine/fold-snapshot.ts';
import { startIn } from '../engine/load.ts';
import { type IndexedPinned, indexPinned } from '../engine/pinned.ts';
import { AttemptBook } from '../history/attempts.ts';
import type { LogRecord, Position } from '../ports/event-log.ts';
import type { ViewSource } from './documents.ts';
import { kept } from './kept-snapshot.ts';
import { runIn } from './record-run.ts';
import { Trace } from './trace.ts';

/**
 * An execution's log with the state at any place of it. What comes is folded on at the end; going back restores the snapshot before
 * and folds from there.
 *
 * 1. Records are counted from 1; the first is the one that starts the execution. What stands before it is left out.
 * 2. Appending costs as much as folding the record, however long the log is.
 * 3. A state handed out stands until the next call of `append` or `at`.
 */
export class Reading {
  readonly source: ViewSource;
  readonly pinned: IndexedPinned;
  readonly trace = new Trace();
  readonly attempts = new AttemptBook();
  readonly #rules: Rules;
  readonly #records: LogRecord[] = [];
  /** By index; of those that changed nothing. */
  readonly #refusals = new Map<number, string>();
  /** Until when the step that the record is about waits before its next try, by index. */
  readonly #backoffs = new Map<number, number>();
  /** Indexes of its records, by step. */
  readonly #bySteps = new Map<string, number[]>();
  /** Records that cannot be folded, by index. */
  readonly #failures = new Map<number, FoldFailure>();
  #snapshots: Kept[] = [];
  #spacing: number;
  #head: Fold | undefined;
  /** The state that was looked at last, when it is not the newest. */
  #past: { fold: Fold; index: number } | undefined;

  /**
   * @param rules how expressions are evaluated and values checked: the server's `taskRules`, the page's own
   * @param snapshotEvery how many records a way back costs at most; in a very long log it grows
   */
  constructor(source: ViewSource, rules: Rules, snapshotEvery = SNAPSHOT_EVERY) {
    this.#spacing = snapshotEvery;
    this.source = source;
    this.pinned = indexPinned(source.pinned, source.pinnedDigest);
    this.#rules = rules;
  }

  /** Records so far. */
  get count(): number {
    return this.#records.length;
  }

  /** Position of the last record; 0 when there is none. */
  get end(): Position {
    return this.#records.at(-1)?.position ?? 0;
  }

  /** Folds what came on. Records that are there already are left out, so that pages may overlap. */
  append(records: readonly LogRecord[]): void {
    for (const record of records) if (record.position > this.end) this.#append(record);
  }

  /** From 1. */
  record(index: number): LogRecord {
    const record = this.#records[index - 1];
    if (record === undefined) throw new RangeError(`There is no record ${index} of ${this.count}`);
    return record;
  }

  /** Why the record changed nothing; undefined for one that was taken. */
  refusal(index: number): string | undefined {
    return this.#refusals.get(index);
  }

  /** Until when the step waits that the record had fail; undefined when it is not tried again, or at once. */
  backoff(index: number): number | undefined {
    return this.#backoffs.get(index);
  }

  /** Indexes of the records about a step's run, ascending: those that name it, and those that moved it, as a signal does. */
  recordsAbout(run: string): readonly number[] {
    const named = this.#bySteps.get(run) ?? [];
    const moved = this.trace.lifeOf(run, this.count).map(({ record }) => record);
    return [...new Set([...named, ...moved])].sort((a, b) => a - b);
  }

  /** Index of the last record at or before the position, from 1; 0 when all come later. */
  indexOf(position: Position): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#records[middle]?.position ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The state after a record. @param index from 1; beyond the last it is the newest */
  at(index: number): Fold {
    const head = this.#head;
    if (head === undefined) throw new RangeError('The log is empty');
    if (index >= this.count) return head;
    const wanted = Math.max(1, index);
    this.#past = this.#foldTo(wanted, this.#past);
    return this.#past.fold;
  }

  #append(record: LogRecord): void {
    if (this.#head === undefined) {
      if (startIn(record) === undefined) return;
      this.#note(record);
      this.trace.begin(record.at);
      const { inspect } = this.trace;
      this.#head = Fold.begin(record, this.pinned, this.source.input, this.#rules, this.source.kept, inspect);
      this.#keep(this.#head);
      return;
    }
    this.#note(record);
    const index = this.count;
    this.trace.begin(record.at);
    try {
      const applied = this.#head.apply(record);
      if (applied.accepted) this.attempts.note(record);
      else this.#refusals.set(index, applied.reason);
      if (applied.accepted) this.#noteBackoff(record, index, this.#head);
    } catch (error) {
      if (!(error instanceof FoldFailure)) throw error;
      this.#head = this.#suspend(index, error);
    }
    if (index - (this.#snapshots.at(-1)?.index ?? 0) >= this.#spacing) this.#keep(this.#head);
  }

  #note(record: LogRecord): void {
    this.#records.push(record);
    const run = runIn(record);
    if (run === undefined) return;
    const indexes = this.#bySteps.get(run);
    if (indexes === undefined) this.#bySteps.set(run, [this.count]);
    else indexes.push(this.count);
  }

  #noteBackoff(record: LogRecord, index: number, fold: Fold): void {
    if (!ENDS_OF_ATTEMPTS.has(record.type)) return;
    const run = runIn(record);
    const step = run === undefined ? undefined : fold.world.steps.get(run)?.getSnapshot();
    if (step?.value === 'backingOff' && step.context.dueAt !== undefined)
      this.#backoffs.set(index, step.context.dueAt);
  }

  /** A fold that failed is spent: the state before is made again, and says that it cannot go on. */
  #suspend(index: number, failure: FoldFailure): Fold {
    this.#failures.set(index, failure);
    this.#refusals.set(index, UNFOLDABLE);
    this.trace.retract();
    this.trace.isOn = false;
    const { fold } = this.#foldTo(index - 1, undefined, this.trace);
    this.trace.isOn = true;
    fold.suspend(failure);
    return fold;
  }

  #foldTo(
    index: number,
    from: { fold: Fold; index: number } | undefined,
    trace?: Trace,
  ): { fold: Fold; index: number } {
    const nearest = this.#snapshots.findLast((snapshot) => snapshot.index <= index) as Kept;
    const mayGoOn = from !== undefined && from.index <= index && from.index >= nearest.index;
    const fold = mayGoOn
      ? from.fold
      : Fold.restore(kept(nearest.snapshot), this.pinned, this.#rules, trace?.inspect);
    let at = mayGoOn ? from.index : nearest.index;
    while (at < index) {
      const failure = this.#failures.get(at + 1);
      if (failure === undefined) fold.apply(this.record(at + 1));
      else fold.suspend(failure);
      at += 1;
    }
    return { fold, index };
  }

  /** The longer the log the further apart, so that their number has a bound. */
  #keep(fold: Fold): void {
    this.#snapshots.push({ index: this.count, snapshot: kept(fold.snapshot()) });
    if (this.#snapshots.length <= MOST_SNAPSHOTS) return;
    this.#snapshots = this.#snapshots.filter((_, place) => place % 2 === 0);
    this.#spacing *= 2;
  }
}

interface Kept {
  readonly index: number;
  readonly snapshot: FoldSnapshot;
}

const SNAPSHOT_EVERY = 1_000;
const MOST_SNAPSHOTS = 128;

const UNFOLDABLE = 'cannot be folded';

const ENDS_OF_ATTEMPTS: ReadonlySet<string> = new Set([
  'step.failed',
  'claim.released',
  'claim.expired',
  'step.succeeded',
  'timer.fired',
]);
