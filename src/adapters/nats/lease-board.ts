import type { Subscription } from '../../ports/event-log.ts';
import type { LeaseBoard, LeaseEntry, LeaseKey } from '../../ports/lease-board.ts';
import type { NatsLink } from './connection.ts';
import { leaseEntryIn } from './lease-entry.ts';
import { type LeaseListener, LeaseWatch } from './lease-watch.ts';
import { ValueBucket } from './value-bucket.ts';

/**
 * Leases in two key-value buckets: members, which the server drops when they do not say for a while that they are there, and
 * partitions, whose entries stay, since they are only as alive as the member that they name.
 */
export class NatsLeaseBoard implements LeaseBoard {
  readonly #link: NatsLink;
  readonly #members: ValueBucket;
  readonly #partitions: ValueBucket;

  constructor(link: NatsLink) {
    this.#link = link;
    this.#members = new ValueBucket(link, link.subjects.bucket('MEMBERS'));
    this.#partitions = new ValueBucket(link, link.subjects.bucket('LEASES'));
  }

  put(key: LeaseKey, entry: LeaseEntry): Promise<void> {
    return this.#bucketOf(key).put(key, JSON.stringify(entry));
  }

  remove(key: LeaseKey): Promise<void> {
    return this.#bucketOf(key).remove(key);
  }

  async get(key: LeaseKey): Promise<LeaseEntry | undefined> {
    const value = await this.#bucketOf(key).get(key);
    return value && leaseEntryIn(value.text);
  }

  /**
   * Resolves when the listener has heard what is on the board; rejects when the server does not tell. It goes on through lost
   * connections and restarts of the server. That a member's entry expired is heard only after those: watchers measure its age.
   */
  async watch(listener: LeaseListener): Promise<Subscription> {
    const watches = [this.#members, this.#partitions].map(
      (bucket) => new LeaseWatch(this.#link, bucket, listener),
    );
    const stop = async (): Promise<void> => {
      await Promise.all(watches.map((watch) => watch.stop()));
    };
    try {
      await Promise.all(watches.map((watch) => watch.start()));
    } catch (error) {
      await stop();
      throw error;
    }
    return { stop, [Symbol.asyncDispose]: stop };
  }

  #bucketOf(key: LeaseKey): ValueBucket {
    return key.startsWith('member.') ? this.#members : this.#partitions;
  }
}
