import type { LogFollower, LogRecord, Position, Subscription } from '../../ports/event-log.ts';
import type { LogStorage } from './storage.ts';

/**
 * Those who follow a log, each with its own place in it. A follower that has everything up to the head is *live*: it is
 * handed new records inside the commit that writes them. All others catch up by reading.
 */
export class Followers {
  readonly #members = new Set<Member>();
  readonly #storage: Pick<LogStorage, 'readAfter'>;
  readonly #onBroken: (error: unknown) => void;

  /** `onBroken` hears what a follower threw. */
  constructor(storage: Pick<LogStorage, 'readAfter'>, onBroken: (error: unknown) => void) {
    this.#storage = storage;
    this.#onBroken = onBroken;
  }

  get count(): number {
    return this.#members.size;
  }

  add(follower: LogFollower, after: Position): Subscription {
    const member: Member = { follower, cursor: after, durable: after };
    this.#members.add(member);
    const stop = async (): Promise<void> => {
      this.#members.delete(member);
    };
    return { stop, [Symbol.asyncDispose]: stop };
  }

  clear(): void {
    this.#members.clear();
  }

  isAnyBehind(head: Position): boolean {
    for (const { cursor } of this.#members) if (cursor < head) return true;
    return false;
  }

  /** Brings those behind `head` closer, by one chunk at most. What they read is durable, but they are not told yet. */
  catchUp(head: Position): void {
    let after = -1;
    let records: readonly LogRecord[] = [];
    for (const member of this.#members) {
      if (member.cursor >= head) continue;
      // Most of them stand at the same place: read once for all.
      if (member.cursor !== after) {
        after = member.cursor;
        records = this.#storage.readAfter(after, CHUNK_RECORDS);
      }
      this.#hand(member, records);
    }
  }

  /** Hands records that directly follow `start` to the live ones. */
  fold(records: readonly LogRecord[], start: Position): void {
    for (const member of this.#members) {
      if (member.cursor === start) this.#hand(member, records);
    }
  }

  /** Everything handed over up to `head` is durable. */
  durable(head: Position): void {
    for (const member of this.#members) {
      const position = Math.min(member.cursor, head);
      if (position <= member.durable) continue;
      member.durable = position;
      this.#call(member, () => member.follower.durable(position));
    }
  }

  /** What was handed over after `position` never happened. */
  retract(position: Position, cause: unknown): void {
    for (const member of this.#members) {
      if (member.cursor <= position) continue;
      // One that waits for a place that the log has not reached yet was handed nothing.
      if (member.durable > position) continue;
      member.cursor = position;
      this.#call(member, () => member.follower.retracted(position, cause));
    }
  }

  #hand(member: Member, records: readonly LogRecord[]): void {
    const last = records.at(-1);
    if (last === undefined) return;
    member.cursor = last.position;
    this.#call(member, () => member.follower.fold(records));
  }

  /** A follower that throws is broken, not the log: it is dropped, and everyone else goes on. */
  #call(member: Member, callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#members.delete(member);
      this.#onBroken(error);
    }
  }
}

/** The most records that one reading hands over, so that a long history does not hold up everything else. */
const CHUNK_RECORDS = 1024;

interface Member {
  readonly follower: LogFollower;
  /** Everything up to here was handed over. */
  cursor: Position;
  /** The follower knows that everything up to here is durable. */
  durable: Position;
}
