import type { Ownership } from '../ports/ownership.ts';
import type { SnapshotStore } from '../ports/snapshot-store.ts';
import type { Effects } from './effects.ts';
import type { Endings } from './endings.ts';
import type { Fold } from './fold.ts';
import type { Owned } from './owned.ts';
import { PARKED, type Partition } from './partition.ts';
import type { Resident } from './resident.ts';
import type { EngineLogger } from './surroundings.ts';
import type { Teller } from './teller.ts';

/** Executions with fewer records are folded again from the log when they wake: cheaper than writing a snapshot for each. */
const SNAPSHOT_AFTER_RECORDS = 64;

/** While a long log is read, those that wait are kept in memory up to here: waking one costs a reading of its own. */
const PARK_WHILE_READING_ABOVE = 4096;

/** How executions leave memory: for good when they have ended, parked while they only wait. */
export class Departures {
  readonly #parts: DeparturesParts;

  constructor(parts: DeparturesParts) {
    this.#parts = parts;
  }

  /** After a commit: an execution that has ended and owes nothing leaves, one that only waits is parked. */
  settle(resident: Resident): void {
    const { owned, effects } = this.#parts;
    const { fold } = resident;
    if (fold === undefined || !owned.holds(resident)) return;
    effects.dropEvaluations(resident, fold);
    // It may have been tried again.
    if (!fold.hasEnded) resident.hasToldEnd = false;
    if (fold.hasEnded) {
      const owed = fold.owed();
      if (owed.length === 0) this.#finish(resident, fold);
      else if (owed.every(({ kind }) => kind === 'notify')) this.#tellEnd(resident, fold);
    } else if (resident.isIdle) {
      this.#park(resident, fold);
    }
  }

  /** Keeps the state where that spares reading many records. */
  async keepSnapshot(fold: Fold): Promise<void> {
    if (fold.recordCount <= SNAPSHOT_AFTER_RECORDS) return;
    const { snapshots, logger } = this.#parts;
    const { execution, position } = fold.world;
    try {
      await snapshots.put({ execution, position, body: JSON.stringify(fold.snapshot()) });
    } catch (error) {
      logger?.warn({ err: error, execution }, 'the snapshot was not kept');
    }
  }

  /** Nobody who waits for the end has to wait until people have been told of it. */
  #tellEnd(resident: Resident, fold: Fold): void {
    if (resident.hasToldEnd) return;
    resident.hasToldEnd = true;
    this.#parts.endings.settle(resident.execution, Promise.resolve(fold));
  }

  #finish(resident: Resident, fold: Fold): void {
    const { owned, partition, teller, effects, endings, ownership } = this.#parts;
    const { execution } = resident;
    owned.residents.delete(execution);
    partition?.ended.add(execution);
    if (partition?.isCatchingUp === true) teller.keepEnd(fold);
    resident.leave();
    effects.withdrawOffers(resident);
    endings.settle(
      execution,
      ownership.markEnded(execution).then(() => fold),
    );
  }

  #park(resident: Resident, fold: Fold): void {
    const { owned, partition, effects } = this.#parts;
    if (partition?.isCatchingUp === true && owned.residents.size < PARK_WHILE_READING_ABOVE) return;
    const owed = partition === undefined ? [] : fold.owed();
    const timers = owed.filter((effect) => effect.kind === 'timer');
    // While the log is being read, nothing that is owed has been begun.
    if (timers.length < owed.length) return;
    const isKept = fold.recordCount > SNAPSHOT_AFTER_RECORDS && partition?.isCatchingUp !== true;
    if (isKept && fold.unsealed > SNAPSHOT_AFTER_RECORDS) {
      // A state that is kept stands on a sealed log; it is parked when the seal has come back.
      effects.carryOut(resident, fold, [fold.seal()]);
      return;
    }
    const kept = resident.kept && JSON.stringify(resident.kept);
    owned.park(
      resident,
      timers.length === 0 && kept === undefined
        ? PARKED
        : { timers: timers.map(({ id, dueAt }) => ({ id, dueAt })), kept },
    );
    effects.withdrawOffers(resident);
    void this.keepSnapshot(fold);
  }
}

interface DeparturesParts {
  readonly owned: Owned;
  /** Where a whole partition is driven. */
  readonly partition: Partition | undefined;
  readonly effects: Effects;
  readonly endings: Endings;
  readonly teller: Teller;
  readonly ownership: Ownership;
  readonly snapshots: SnapshotStore;
  readonly logger: EngineLogger | undefined;
}
