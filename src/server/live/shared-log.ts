import type {
  EventLog,
  FollowOptions,
  LogFollower,
  LogRecord,
  Position,
  Subscription,
} from '../../ports/event-log.ts';

type Followed = Pick<EventLog, 'read' | 'follow'>;

/** Records that are kept for those who join later; who is further behind follows alone until the next time. */
const MOST_KEPT = 500;

/** One execution's log, followed once for all who follow it here: hundreds of readers are to the store as one. */
export class SharedLog implements Followed {
  readonly #log: Followed;
  readonly #reading = new Map<string, Promise<readonly LogRecord[]>>();
  readonly #tails = new Map<string, Tail>();

  constructor(log: Followed) {
    this.#log = log;
  }

  /** Who asks for the same while it is read gets the same: many pages open at once when a server comes back. */
  read: EventLog['read'] = (execution, options = {}) => {
    const key = `${execution} ${options.after} ${options.upTo} ${options.limit}`;
    const begun = this.#reading.get(key);
    if (begun !== undefined) return begun;
    const reading = this.#log.read(execution, options).finally(() => this.#reading.delete(key));
    this.#reading.set(key, reading);
    return reading;
  };

  follow(follower: LogFollower, after: Position, options: FollowOptions = {}): Subscription {
    const { execution } = options;
    if (execution === undefined) return this.#log.follow(follower, after, options);
    let tail = this.#tails.get(execution);
    if (tail === undefined) {
      const made = new Tail(after, () => {
        if (this.#tails.get(execution) === made) this.#tails.delete(execution);
      });
      tail = made;
      this.#tails.set(execution, made);
      made.begin(this.#log.follow(made, after, options));
    }
    return tail.join(follower, after) ?? this.#log.follow(follower, after, options);
  }
}

interface Member {
  readonly follower: LogFollower;
  readonly after: Position;
}

/** What comes after a position, for whoever is there and for who joins while it is still kept. */
class Tail implements LogFollower {
  readonly #members = new Set<Member>();
  readonly #onEmpty: () => void;
  #kept: LogRecord[] = [];
  /** Everything after it is kept, or comes yet. */
  #floor: Position;
  #durable: Position;
  #subscription: Subscription | undefined;

  constructor(after: Position, onEmpty: () => void) {
    this.#floor = after;
    this.#durable = after;
    this.#onEmpty = onEmpty;
  }

  begin(subscription: Subscription): void {
    this.#subscription = subscription;
  }

  /** Undefined when it does not go back so far. */
  join(follower: LogFollower, after: Position): Subscription | undefined {
    if (after < this.#floor) return undefined;
    const member: Member = { follower, after };
    this.#members.add(member);
    const missed = this.#kept.filter(({ position }) => position > after);
    if (missed.length > 0) follower.fold(missed);
    if (this.#durable > after) follower.durable(this.#durable);
    const stop = async (): Promise<void> => {
      if (!this.#members.delete(member) || this.#members.size > 0) return;
      this.#onEmpty();
      await this.#subscription?.stop();
    };
    return { stop, [Symbol.asyncDispose]: stop };
  }

  fold(records: readonly LogRecord[]): void {
    this.#kept.push(...records);
    const dropped = this.#kept.splice(0, this.#kept.length - MOST_KEPT);
    this.#floor = dropped.at(-1)?.position ?? this.#floor;
    for (const { follower, after } of [...this.#members]) {
      const news = records.filter(({ position }) => position > after);
      if (news.length > 0) follower.fold(news);
    }
  }

  durable(position: Position): void {
    this.#durable = position;
    for (const { follower } of [...this.#members]) follower.durable(position);
  }

  retracted(position: Position, cause: unknown): void {
    this.#kept = this.#kept.filter((record) => record.position <= position);
    this.#durable = Math.min(this.#durable, position);
    for (const { follower } of [...this.#members]) follower.retracted(position, cause);
  }
}
