import type { Fold } from '../../engine/fold.ts';
import { taskRules } from '../../engine/rules.ts';
import { executionUnknown } from '../../errors.ts';
import type { Moment, StepDetail, Surroundings } from '../../inspection/documents.ts';
import { rowAt } from '../../inspection/log-rows.ts';
import { momentOf } from '../../inspection/moment.ts';
import { Reading } from '../../inspection/reading.ts';
import { stepDetailOf } from '../../inspection/step-detail.ts';
import type { Clock } from '../../ports/clock.ts';
import { RecordStream } from '../../server/live/record-stream.ts';
import { viewSourceOf } from '../../server/view-source.ts';
import type { State } from '../state/state.ts';
import { progressText } from '../views/event-line.ts';

export interface TailOptions {
  readonly state: State;
  readonly clock: Clock;
  /** Something that is shown may be another. */
  readonly onChange: () => void;
}

/** How often it is looked whether anybody drives it, and which hosts there are. */
const LOOK_MS = 2_000;
/** Steps of whose agents the last words are kept. */
const MOST_PROGRESS = 500;

/** One execution as it goes on, with every moment before. Only reads. */
export class Tail implements AsyncDisposable {
  readonly execution: string;
  readonly reading: Reading;
  /** Step -> what its agent said last, where that is heard here. */
  readonly progress = new Map<string, string>();
  readonly #options: TailOptions;
  readonly #stream: RecordStream;
  #surroundings: Surroundings | null = null;
  #isClosed = false;
  #isTaking = false;
  #mayHaveMore = false;
  #cancelLook: (() => void) | undefined;
  #stopListening: (() => void) | undefined;

  /** Resolves when the log is read as far as it goes. Throws EXECUTION_UNKNOWN. */
  static async open(execution: string, options: TailOptions): Promise<Tail> {
    const { store, sources } = options.state.of(execution);
    const source = await viewSourceOf(execution, { log: store.log, sources });
    if (source === undefined) throw executionUnknown(execution);
    const tail = new Tail(new Reading(source, taskRules), options);
    await tail.#take();
    void tail.#look();
    return tail;
  }

  private constructor(reading: Reading, options: TailOptions) {
    this.execution = reading.source.execution;
    this.reading = reading;
    this.#options = options;
    const { store, live } = options.state.of(this.execution);
    const onChange = (): void => void this.#take();
    this.#stream = new RecordStream(this.execution, { log: store.log, after: 0, onChange });
    this.#stopListening = live?.listen(this.execution, ({ step, progress }) => {
      if (this.progress.size > MOST_PROGRESS) this.progress.clear();
      this.progress.set(step, progressText(progress));
      options.onChange();
    });
  }

  get count(): number {
    return this.reading.count;
  }

  /** @param index of a record, from 1; null: as it is now */
  fold(index: number | null): Fold {
    return this.reading.at(index ?? this.count);
  }

  moment(index: number | null): Moment {
    const at = index ?? this.count;
    const fold = this.fold(index);
    const isLive = index === null;
    return momentOf(fold, {
      index: at,
      count: this.count,
      end: this.reading.end,
      at: this.reading.record(at).at,
      row: rowAt(this.reading, at),
      isLive,
      now: this.now(index),
      surroundings: this.#surroundings,
    });
  }

  step(run: string, index: number | null): StepDetail | undefined {
    const at = index ?? this.count;
    const { position } = this.reading.record(at);
    const positions = this.reading.recordsAbout(run).map((each) => this.reading.record(each).position);
    return stepDetailOf(
      this.fold(index),
      run,
      { attempts: this.reading.attempts.of(run, position), positions },
      { now: this.now(index), surroundings: index === null ? this.#surroundings : null },
    );
  }

  /** The wall's time at the end of the log of one that goes on, else the record's. */
  now(index: number | null): number {
    const fold = this.fold(index);
    const isLive = index === null && !fold.hasEnded;
    return isLive ? Math.max(fold.world.now, this.#options.clock.now()) : fold.world.now;
  }

  get surroundings(): Surroundings | null {
    return this.#surroundings;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelLook?.();
    this.#stopListening?.();
    await this.#stream.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #take(): Promise<void> {
    this.#mayHaveMore = true;
    if (this.#isTaking) return;
    this.#isTaking = true;
    try {
      while (this.#mayHaveMore && !this.#isClosed) {
        this.#mayHaveMore = false;
        const records = await this.#stream.take();
        if (records.length === 0) continue;
        this.#mayHaveMore = true;
        this.reading.append(records);
        this.#options.onChange();
      }
    } finally {
      this.#isTaking = false;
    }
  }

  async #look(): Promise<void> {
    if (this.#isClosed) return;
    const { state, clock, onChange } = this.#options;
    const hasEnded = this.count > 0 && this.fold(null).hasEnded;
    const { store } = state.of(this.execution);
    // What does not answer is not known.
    const [owner, hosts] = await Promise.all([
      store.ownership.ownerOf(this.execution).catch(() => null),
      state.directory.list().catch(() => null),
    ]);
    const isDriven = hasEnded || owner === null ? null : owner !== undefined;
    this.#surroundings = { isDriven, hosts };
    onChange();
    if (!this.#isClosed) this.#cancelLook = clock.schedule(LOOK_MS, () => void this.#look());
  }
}
