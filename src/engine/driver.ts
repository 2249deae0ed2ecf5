import type { Rules } from '../../machines/world.ts';
import type { LogRecord } from '../ports/event-log.ts';
import { type AwaitedControls, NOT_NOW } from './awaited-controls.ts';
import type { Applied } from './delivery.ts';
import type { Desk } from './desk.ts';
import type { Effects } from './effects.ts';
import { Fold, type Inspect } from './fold.ts';
import { FoldFailure } from './fold-failure.ts';
import type { FreedSeat } from './freed-seat.ts';
import type { OpenCommit } from './open-commit.ts';
import type { Partition } from './partition.ts';
import type { Recovery } from './recovery.ts';
import type { Resident } from './resident.ts';
import type { EngineLogger } from './surroundings.ts';
import type { Teller } from './teller.ts';
import type { Timers } from './timers.ts';
import type { Watchers } from './watchers.ts';

/**
 * Drives an execution that is in memory, record by record: folds what the log hands over, answers whoever waits for it, and
 * carries out what the state owes. While the log of a partition is read, it only folds.
 */
export class Driver {
  readonly #parts: DriverParts;

  constructor(parts: DriverParts) {
    this.#parts = parts;
  }

  /** Folds the record, or keeps it until the state it belongs to is read. */
  take(resident: Resident, record: LogRecord): void {
    if (resident.fold !== undefined) this.#apply(resident, resident.fold, record);
    else if (!this.#begin(resident, record)) resident.buffer.push(record);
  }

  /** Folds what came while the execution was being read; what the states on the way owed is owed no more. */
  takeBuffered(resident: Resident, fold: Fold): void {
    resident.isReading = true;
    for (const record of resident.buffer.splice(0)) this.take(resident, record);
    resident.isReading = false;
    // A record that cannot be folded has it read again.
    if (resident.fold === fold && !this.#parts.recovery.has(resident.execution)) {
      this.#carryOut(resident, fold);
    }
  }

  /** Folds the start of an execution that this process started; false when it must be read from the log. */
  #begin(resident: Resident, record: LogRecord): boolean {
    const { start } = resident;
    if (start === undefined || record.type !== 'execution.started') return false;
    if (record.id !== start.record) {
      // Somebody else started this id in the same moment, and theirs came first.
      resident.start = undefined;
      return false;
    }
    const { rules, inspect, teller, commit } = this.#parts;
    resident.loads += 1;
    const fold = Fold.begin(record, start.pinned, start.input, rules, start.kept, inspect);
    resident.fold = fold;
    resident.begin([record]);
    teller.observe(resident, fold, record);
    const tell = this.#parts.watchers.begun(fold, record);
    if (tell !== undefined) commit.after(tell);
    commit.touch(resident);
    this.#carryOut(resident, fold);
    return true;
  }

  #apply(resident: Resident, fold: Fold, record: LogRecord): void {
    if (record.position <= fold.world.position) {
      // Part of what was read already.
      this.#answerRead(resident, fold, record);
      return;
    }
    const { partition, timers, desk, controls, effects, teller, commit, watchers } = this.#parts;
    resident.keep(record);
    const seat = desk.seatOf(record, fold);
    const watched = partition?.isCatchingUp === true ? undefined : watchers.watch(fold, record);
    let applied: Applied;
    try {
      applied = fold.apply(record);
    } catch (failure) {
      if (!(failure instanceof FoldFailure)) throw failure;
      this.#dropState(resident, record, failure);
      return;
    }
    commit.touch(resident);
    if (partition?.isCatchingUp === true) return;
    if (!applied.accepted && applied.reason === 'early-timer') timers.wasEarly(record.at);
    const answer = desk.hear(resident, fold, record, applied, seat) ?? controls.answer(record, applied);
    if (answer !== undefined) commit.after(answer);
    if (applied.accepted) {
      teller.observe(resident, fold, record);
      const tell = watched?.accepted();
      if (tell !== undefined) commit.after(tell);
      if (resident.questions.size > 0) effects.hear(resident, fold, record);
    } else {
      const tell = watched?.refused?.(applied.reason);
      if (tell !== undefined) commit.after(tell);
    }
    this.#carryOut(resident, fold, applied.accepted ? seat : undefined);
  }

  /** @param seat that the record freed */
  #carryOut(resident: Resident, fold: Fold, seat?: FreedSeat): void {
    const { partition, effects } = this.#parts;
    if (partition?.isCatchingUp === true || resident.isReading) return;
    effects.carryOut(resident, fold, fold.drain(), seat);
  }

  /** A record cannot be folded: the state is spent, and is read again as suspended at that record. */
  #dropState(resident: Resident, record: LogRecord, failure: FoldFailure): void {
    const { commit, logger, readAgain } = this.#parts;
    logger?.error({ err: failure, execution: resident.execution }, 'a record cannot be folded');
    resident.fold = undefined;
    resident.kept = undefined;
    // Whoever sent it still hears of it.
    resident.buffer.push(record);
    // Should the commit fail, it is read again with all that was touched.
    commit.touch(resident);
    commit.after(() => readAgain(resident));
  }

  /** Whoever waits for a record that was read with others, and not handed over. */
  #answerRead(resident: Resident, fold: Fold, record: LogRecord): void {
    const { desk, controls, commit } = this.#parts;
    const applied: Applied = fold.hasControl(record.id) ? { accepted: true } : NOT_NOW;
    const answer =
      record.type === 'step.claimed'
        ? desk.hear(resident, fold, record, { accepted: true })
        : controls.answer(record, applied);
    if (answer !== undefined) commit.after(answer);
  }
}

interface DriverParts {
  readonly rules: Rules;
  readonly inspect: Inspect | undefined;
  /** Where a whole partition is driven. */
  readonly partition: Partition | undefined;
  readonly effects: Effects;
  readonly timers: Timers;
  readonly desk: Desk;
  readonly controls: AwaitedControls;
  readonly teller: Teller;
  readonly commit: OpenCommit;
  readonly recovery: Recovery;
  readonly watchers: Watchers;
  readonly logger: EngineLogger | undefined;
  /** Reads the state of an execution from the log again. */
  readonly readAgain: (resident: Resident) => void;
}
