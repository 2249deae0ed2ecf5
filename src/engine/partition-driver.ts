import type { LogRecord, Position } from '../ports/event-log.ts';
import type { Desk } from './desk.ts';
import type { Effects } from './effects.ts';
import { Fold } from './fold.ts';
import type { FoldSnapshot } from './fold-snapshot.ts';
import { standingOf } from './lifecycle.ts';
import { type Sources, startIn } from './load.ts';
import type { OpenCommit } from './open-commit.ts';
import type { Owned } from './owned.ts';
import { type Partition, REOPENING } from './partition.ts';
import type { PartitionState } from './partition-state.ts';
import type { Reader } from './reader.ts';
import type { EngineLogger } from './surroundings.ts';
import type { Teller } from './teller.ts';
import type { Timers } from './timers.ts';

/**
 * Drives every execution of a log: restores what the owner before left, takes in whatever the log starts or reopens, and begins to
 * carry out what the states owe when the log is read to its end as it was at the start.
 */
export class PartitionDriver {
  readonly #parts: PartitionDriverParts;

  constructor(parts: PartitionDriverParts) {
    this.#parts = parts;
  }

  /** Takes over all that the state holds. */
  async restore(from: PartitionState): Promise<void> {
    const { partition, owned, reader } = this.#parts;
    for (const [execution, timers] of from.parked) owned.parked.set(execution, { timers });
    for (const text of from.residents) await this.#restoreResident(JSON.parse(text));
    for (const execution of from.unread) {
      partition.unread.delete(execution);
      await reader.load(owned.add(execution));
    }
  }

  /** Takes the execution in when the record begins or reopens it; else false. */
  meet(record: LogRecord): boolean {
    const { partition, owned, reader, commit } = this.#parts;
    const { execution, type } = record;
    const isEnded = partition.ended.has(execution);
    const isUnread = partition.unread.has(execution);
    const begins = type === 'execution.started' && !isEnded && !isUnread && startIn(record) !== undefined;
    const reopens = isEnded ? REOPENING.has(type) : isUnread && record.source === 'control';
    if (!begins && !reopens) return false;
    const resident = owned.add(execution);
    resident.wasUnread = isUnread;
    resident.buffer.push(record);
    if (begins) {
      void reader.open(resident, record);
    } else {
      partition.ended.delete(execution);
      partition.unread.delete(execution);
      commit.after(() => void reader.load(resident, record.position - 1));
    }
    return true;
  }

  /** The log is read to its end as it was: from here on what the states owe is carried out. */
  finishCatchingUp(): void {
    const { partition, owned, timers, desk, effects, teller, commit, durable } = this.#parts;
    partition.finish();
    for (const [execution, parked] of owned.parked) {
      for (const { id, dueAt } of parked.timers) timers.arm(execution, id, dueAt);
    }
    for (const resident of owned.residents.values()) {
      const { fold } = resident;
      if (fold === undefined) continue;
      resident.standing = standingOf(fold);
      // What has ended and still drains was told to nobody here, and changes its standing no more.
      if (fold.hasEnded) teller.keepEnd(fold);
      desk.recoverClaims(fold);
      commit.touch(resident);
      effects.carryOut(resident, fold, fold.drain());
    }
    teller.tellEnds();
    durable(partition.last.position);
  }

  async #restoreResident(snapshot: FoldSnapshot): Promise<void> {
    const { owned, reader, sources, logger } = this.#parts;
    const { execution } = snapshot;
    const resident = owned.add(execution);
    try {
      const pinned = await sources.pins.get(snapshot.pinned);
      resident.fold = Fold.restore(snapshot, pinned, sources.rules, sources.inspect);
    } catch (error) {
      logger?.warn({ execution, error: String(error) }, 'a snapshot does not fit; reading the log');
      await reader.load(resident);
    }
  }
}

interface PartitionDriverParts {
  readonly partition: Partition;
  readonly sources: Pick<Sources, 'pins' | 'rules' | 'inspect'>;
  readonly owned: Owned;
  readonly reader: Reader;
  readonly timers: Timers;
  readonly desk: Desk;
  readonly effects: Effects;
  readonly teller: Teller;
  readonly commit: OpenCommit;
  readonly logger: EngineLogger | undefined;
  /** As the log says it, see `LogFollower`. */
  readonly durable: (position: Position) => void;
}
