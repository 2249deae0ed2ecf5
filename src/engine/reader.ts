import { TroupeError } from '../errors.ts';
import type { LogRecord, Position } from '../ports/event-log.ts';
import { type AwaitedControls, NOT_NOW } from './awaited-controls.ts';
import type { Desk } from './desk.ts';
import type { Driver } from './driver.ts';
import type { Effects } from './effects.ts';
import type { Endings } from './endings.ts';
import type { Fold } from './fold.ts';
import { beginFold, foldLog, loadFold, type Sources } from './load.ts';
import type { OpenCommit } from './open-commit.ts';
import type { Owned } from './owned.ts';
import type { Partition } from './partition.ts';
import type { Recovery } from './recovery.ts';
import type { Resident } from './resident.ts';
import type { EngineLogger } from './surroundings.ts';
import type { Teller } from './teller.ts';

/**
 * Brings the state of an execution into memory, then folds what came while it was being read; everything the state owes is then
 * owed again.
 */
export class Reader {
  readonly #parts: ReaderParts;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  /** Folds an execution from its first record, which stands in front of its buffer. */
  async open(resident: Resident, record: LogRecord): Promise<void> {
    const { partition, sources, owned, teller, commit, driver, durable } = this.#parts;
    resident.loads += 1;
    const { loads } = resident;
    const hasRead = partition?.beginReading();
    try {
      const fold = await beginFold(record, sources);
      hasRead?.();
      if (resident.loads === loads && owned.holds(resident)) {
        resident.fold = fold;
        resident.kept = [record];
        resident.begin([record]);
        teller.observeStart(resident, fold, record);
        commit.touch(resident);
        driver.takeBuffered(resident, fold);
      }
      durable(record.position);
    } catch (error) {
      hasRead?.();
      if (resident.loads === loads) await this.#giveUp(resident, error);
      durable(record.position);
    }
  }

  /**
   * Reads the state from the log, or from the records that were kept. False when the log holds no such execution. `upTo`: where
   * `resident.buffer` holds all that comes after.
   */
  async load(resident: Resident, upTo?: Position): Promise<boolean> {
    const { partition, owned, teller, desk, commit, driver, durable } = this.#parts;
    resident.fold = undefined;
    resident.running = undefined;
    resident.isSealing = false;
    resident.announcing.clear();
    resident.loads += 1;
    const { loads } = resident;
    const hasRead = partition?.beginReading();
    let fold: Fold | undefined;
    try {
      fold = await this.#stateOf(resident, upTo);
    } catch (error) {
      hasRead?.();
      if (resident.loads === loads) await this.#giveUp(resident, error);
      durable(0);
      return true;
    }
    hasRead?.();
    // Another reading was begun meanwhile, and sees more.
    if (resident.loads !== loads) return true;
    if (fold === undefined) return false;
    if (!owned.holds(resident)) return true;
    resident.fold = fold;
    if (resident.kept !== undefined) resident.begin(resident.kept);
    teller.observeReading(resident, fold);
    if (partition?.isCatchingUp !== true) {
      desk.recoverClaims(fold);
      if (resident.wasUnread && fold.hasEnded) teller.tellEnd(fold);
    }
    resident.wasUnread = false;
    commit.touch(resident);
    driver.takeBuffered(resident, fold);
    // How far one execution was read says nothing of the others.
    durable(0);
    return true;
  }

  /** A record came for an execution that is parked. */
  wake(record: LogRecord): void {
    const { owned, commit } = this.#parts;
    const resident = owned.wake(record.execution);
    resident.buffer.push(record);
    // Should the commit fail, it is read again with all that was touched.
    commit.touch(resident);
    // Up to the record before, so that what this one changes is told as what any other does.
    commit.after(() => void this.load(resident, record.position - 1));
  }

  /**
   * Carries out again all that an execution owes, after records that the engine meant to write were lost. One that is parked is
   * woken for it.
   */
  catchUp(execution: string): void {
    const { owned, partition, desk, effects, durable } = this.#parts;
    const resident = owned.residents.get(execution);
    const isUnread = partition?.unread.delete(execution) === true;
    if (owned.parked.delete(execution) || isUnread) {
      const added = owned.add(execution);
      added.wasUnread = isUnread;
      void this.load(added);
    } else if (resident?.fold !== undefined) {
      desk.recoverClaims(resident.fold);
      resident.isSealing = false;
      resident.announcing.clear();
      effects.carryOut(resident, resident.fold, resident.fold.owed());
      // Nothing of it waits for a commit.
      durable(resident.fold.world.position);
    }
  }

  /** A commit failed: what is not in the log after `position` is forgotten, and what it touched is read again. */
  takeBack(position: Position): void {
    const { owned, commit, recovery } = this.#parts;
    const touched = commit.drop();
    for (const { buffer } of owned.residents.values()) {
      while ((buffer.at(-1)?.position ?? 0) > position) buffer.pop();
    }
    for (const resident of touched) {
      // What they owe is carried out a little later: it might be what filled the disk, again and again.
      recovery.add(resident.execution);
      // What was folded and not told will be folded again, and told then.
      resident.standing = undefined;
      void this.load(resident);
    }
  }

  #stateOf({ execution, kept }: Resident, upTo: Position | undefined): Promise<Fold | undefined> {
    const { sources } = this.#parts;
    return kept === undefined ? loadFold(execution, sources, upTo) : foldLog(kept, sources);
  }

  /** The execution cannot be read: it is left as it is, and whoever waits for it hears why. */
  async #giveUp(resident: Resident, cause: unknown): Promise<void> {
    const { owned, partition, recovery, controls, endings, logger } = this.#parts;
    const { execution, buffer } = resident;
    logger?.error({ err: cause, execution }, 'the execution cannot be read');
    owned.forget(resident);
    partition?.unread.add(execution);
    if (partition !== undefined && isPassing(cause)) recovery.add(execution);
    for (const record of buffer.splice(0)) controls.answer(record, NOT_NOW)?.();
    endings.settle(execution, Promise.reject(cause));
    await owned.release(execution);
  }
}

interface ReaderParts {
  readonly sources: Sources;
  readonly owned: Owned;
  /** Where a whole partition is driven. */
  readonly partition: Partition | undefined;
  readonly driver: Driver;
  readonly desk: Desk;
  readonly effects: Effects;
  readonly teller: Teller;
  readonly commit: OpenCommit;
  readonly recovery: Recovery;
  readonly controls: AwaitedControls;
  readonly endings: Endings;
  readonly logger: EngineLogger | undefined;
  /** As the log says it, see `LogFollower`. */
  readonly durable: (position: Position) => void;
}

/** Whether what failed may go well the next time: the store did not answer, or is behind. */
function isPassing(cause: unknown): boolean {
  return !(cause instanceof TroupeError) || cause.retryable || cause.code === 'ARTIFACT_MISSING';
}
