import { type KV, type KvEntry, Kvm, type KvWatchEntry } from '@nats-io/kv';
import type { QueuedIterator } from '@nats-io/transport-node';
import type { NatsLink } from './connection.ts';
import { natsFailure } from './failures.ts';

/** A value of a key-value bucket. */
export interface StoredValue {
  readonly key: string;
  readonly text: string;
  /** Grows with every change of the bucket. */
  readonly revision: number;
}

/**
 * A key-value bucket. Opening asks nothing of the server: a bucket that is not there, or that the user may not use, shows with
 * the first use. Values are read from the leader, so that whoever wrote sees what was written.
 */
export class ValueBucket {
  readonly #link: NatsLink;
  readonly #name: string;
  #opened: Promise<KV> | undefined;

  constructor(link: NatsLink, name: string) {
    this.#link = link;
    this.#name = name;
  }

  /** Resolves when it is stored. */
  put(key: string, text: string): Promise<void> {
    return this.#use(async (bucket) => void (await bucket.put(key, text)));
  }

  remove(key: string): Promise<void> {
    return this.#use((bucket) => bucket.delete(key));
  }

  get(key: string): Promise<StoredValue | undefined> {
    return this.#use(async (bucket) => storedIn(await bucket.get(key)));
  }

  /**
   * All values, by key, and the revision up to which nothing is missing. Asked for one by one: for the few dozen keys of our
   * buckets that is quick, and it needs no consumer, which could wait for what expired meanwhile.
   */
  all(): Promise<{ readonly values: readonly StoredValue[]; readonly revision: number }> {
    return this.#use(async (bucket) => {
      const prefix = `$KV.${this.#name}.`;
      const { state } = await this.#link.jsm.streams.info(`KV_${this.#name}`, {
        subjects_filter: `${prefix}>`,
      });
      const keys = Object.keys(state.subjects ?? {})
        .map((subject) => subject.slice(prefix.length))
        .filter((key) => KEY.test(key))
        .sort();
      const values = await Promise.all(keys.map(async (key) => storedIn(await bucket.get(key))));
      return { values: values.filter((value) => value !== undefined), revision: state.last_seq };
    });
  }

  /** Every change after `revision`, in order; undefined text: removed. Ends when the consumer behind it is lost for good. */
  changes(revision: number): Promise<QueuedIterator<KvWatchEntry>> {
    return this.#use((bucket) => bucket.watch({ resumeFromRevision: revision + 1 }));
  }

  async #use<T>(action: (bucket: KV) => Promise<T>): Promise<T> {
    this.#opened ??= new Kvm(this.#link.js).open(this.#name);
    try {
      return await action(await this.#opened);
    } catch (error) {
      throw natsFailure(this.#link.shown, error);
    }
  }
}

/** Whoever may write into a bucket may use other keys than ours; nobody reads those. */
const KEY = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

function storedIn(entry: KvEntry | null): StoredValue | undefined {
  if (entry === null || entry.operation !== 'PUT') return undefined;
  return { key: entry.key, text: entry.string(), revision: entry.revision };
}
