import type { LeaseEntry, LeaseKey } from '../../ports/lease-board.ts';
import type { NatsLink } from './connection.ts';
import { leaseEntryIn, leaseKeyIn } from './lease-entry.ts';
import type { StoredValue, ValueBucket } from './value-bucket.ts';

export type LeaseListener = (key: LeaseKey, entry: LeaseEntry | undefined) => void;

/**
 * Tells what is in a bucket of leases, then every change. After each lost connection it begins anew: it reads all of it, tells
 * what differs from what it told, and follows from there. So nothing depends on what a server remembers of its consumers.
 */
export class LeaseWatch {
  readonly #link: NatsLink;
  readonly #bucket: ValueBucket;
  readonly #listener: LeaseListener;
  /** What was told, by key. */
  readonly #told = new Map<string, Told>();
  #round: Round | undefined;
  #isStopped = false;
  #following: Promise<void> = Promise.resolve();
  #stopListening: () => void = () => undefined;

  constructor(link: NatsLink, bucket: ValueBucket, listener: LeaseListener) {
    this.#link = link;
    this.#bucket = bucket;
    this.#listener = listener;
  }

  /** Resolves when the present state was told; to be stopped also when it rejects. */
  async start(): Promise<void> {
    this.#stopListening = this.#link.onReconnect(() => this.#round?.end());
    const first = new Round();
    this.#round = first;
    const revision = await this.#tellAll(first);
    this.#following = this.#follow(first, revision);
  }

  /** Returns when the listener is called no more. May be called twice. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopListening();
    this.#round?.end();
    await this.#following;
  }

  async #follow(first: Round, revision: number): Promise<void> {
    await this.#attempt(first, () => this.#tellChanges(first, revision));
    while (!this.#isStopped) {
      const round = new Round();
      this.#round = round;
      await this.#attempt(round, async () => this.#tellChanges(round, await this.#tellAll(round)));
    }
  }

  /** Returns when the round is over; one that failed lasts a little longer, so that a server that is away is not asked all the time. */
  async #attempt(round: Round, action: () => Promise<void>): Promise<void> {
    const work = action().catch(async (error: unknown) => {
      this.#link.logger.debug({ error: String(error) }, 'the board of leases cannot be watched');
      await new Promise<void>((resolve) => {
        this.#link.clock.schedule(PAUSE_MS, resolve);
      });
    });
    // Not only the work: a request that was lost with the connection would hold up the next round until its timeout.
    await Promise.race([work, round.over]);
    round.end();
  }

  async #tellAll(round: Round): Promise<number> {
    const { values, revision } = await this.#bucket.all();
    if (round.isOver) return revision;
    const present = new Set(values.map(({ key }) => key));
    for (const key of this.#told.keys()) {
      if (!present.has(key)) this.#tell(key, undefined);
    }
    for (const value of values) {
      const told = this.#told.get(value.key);
      if (told?.revision !== value.revision || told.text !== value.text) this.#tell(value.key, value);
    }
    return revision;
  }

  async #tellChanges(round: Round, after: number): Promise<void> {
    const changes = await this.#bucket.changes(after);
    round.onEnd(() => changes.stop());
    for await (const change of changes) {
      if (round.isOver) return;
      const { key, revision, operation } = change;
      // A value that changed while the board was read was told already.
      if (revision <= (this.#told.get(key)?.revision ?? 0)) continue;
      this.#tell(key, operation === 'PUT' ? { key, revision, text: change.string() } : undefined);
    }
  }

  #tell(text: string, value: StoredValue | undefined): void {
    if (value === undefined) this.#told.delete(text);
    else this.#told.set(text, value);
    const key = leaseKeyIn(text);
    if (key === undefined) return;
    try {
      this.#listener(key, value && leaseEntryIn(value.text));
    } catch (error) {
      this.#link.logger.error({ key, error: String(error) }, 'a watcher of the board of leases failed');
    }
  }
}

type Told = Pick<StoredValue, 'revision' | 'text'>;

const PAUSE_MS = 250;

/** From reading the board to the loss of the connection, or of the consumer behind the changes. */
class Round {
  readonly over: Promise<void>;
  readonly #endings: (() => void)[] = [];
  #isOver = false;
  readonly #resolve: () => void;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.over = promise;
    this.#resolve = resolve;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Called once, at once if it is over. */
  onEnd(action: () => void): void {
    if (this.#isOver) action();
    else this.#endings.push(action);
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#resolve();
    for (const action of this.#endings) action();
  }
}
