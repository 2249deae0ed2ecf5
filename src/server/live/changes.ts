import type { EventLog, Position, Subscription } from '../../ports/event-log.ts';
import type { ServerAccess } from '../access.ts';
import { allApprovals } from '../approvals.ts';
import { rowsOf } from '../rows.ts';
import type { Row } from '../schemas/executions.ts';
import { type Feed, HEARTBEAT, HEARTBEAT_MS, type Message, Signal } from './feed.ts';
import type { States } from './states.ts';

/** From one telling to the next, in ms, at least: what changes meanwhile is told once. */
const ROUND_MS = 100;
/** More executions than that have changed since a listener was there: it had better look at the list again. */
const MOST_MISSED = 1_000;

/**
 * What changes in all executions, worked out once for all listeners: the logs are followed while anybody listens. Each listener is
 * told the newest row of what has changed since it was told last, so a slow one misses only what is no longer so.
 */
export class Changes {
  readonly #access: ServerAccess;
  readonly #states: States;
  readonly #listeners = new Set<AllFeed>();
  readonly #changed = new Set<string>();
  /** Up to where each log was seen. */
  #seen: Position[] = [];
  #approvals: number | undefined;
  /** Executions that ask somebody, as they were counted last. */
  #asking: ReadonlySet<string> = new Set();
  #subscriptions: Promise<readonly Subscription[]> | undefined;
  #cancelRound: (() => void) | undefined;
  #cancelBeat: (() => void) | undefined;
  #round: Promise<void> | undefined;

  constructor(access: ServerAccess, states: States) {
    this.#access = access;
    this.#states = states;
  }

  async cursor(): Promise<string> {
    return cursorText(await Promise.all(this.#access.logs.map((log) => log.head())));
  }

  feed(cursor: string | undefined): Feed {
    const feed = new AllFeed(this.#access, async () => {
      this.#listeners.delete(feed);
      if (this.#listeners.size === 0) await this.#rest();
    });
    this.#listeners.add(feed);
    this.#subscriptions ??= this.#follow();
    this.#subscriptions.then(
      () => this.#welcome(feed, cursor),
      (error: unknown) => feed.fail(error),
    );
    return feed;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#listeners].map((feed) => feed.close()));
    await this.#rest();
  }

  /** What it missed, or from where it begins. */
  async #welcome(feed: AllFeed, cursor: string | undefined): Promise<void> {
    try {
      const here = cursorText(this.#seen);
      const positions = cursor === undefined ? undefined : positionsIn(cursor, this.#seen.length);
      if (positions === undefined) {
        feed.tell([], here);
        if (cursor !== undefined) feed.reset();
      } else {
        const missed = await this.#changedSince(positions);
        if (missed.length > MOST_MISSED) feed.reset();
        else feed.tell(await this.#rows(missed), here);
      }
      feed.tellApprovals(this.#approvals ?? (await this.#countApprovals()));
    } catch (error) {
      feed.fail(error);
    }
  }

  async #changedSince(positions: readonly Position[]): Promise<readonly string[]> {
    const found = this.#access.logs.map((log, at) => log.executions(positions[at] ?? 0));
    return (await Promise.all(found)).flat().map(({ execution }) => execution);
  }

  async #follow(): Promise<readonly Subscription[]> {
    const { logs, clock } = this.#access;
    this.#seen = await Promise.all(logs.map((log) => log.head()));
    const beat = (): void => {
      for (const feed of this.#listeners) feed.beat();
      this.#cancelBeat = clock.schedule(HEARTBEAT_MS, beat);
    };
    this.#cancelBeat = clock.schedule(HEARTBEAT_MS, beat);
    return logs.map((log, at) => this.#followOne(log, at));
  }

  #followOne(log: EventLog, at: number): Subscription {
    /** Handed over, but not yet durable. */
    let open: { readonly execution: string; readonly position: Position }[] = [];
    return log.follow(
      {
        fold: (records) => {
          for (const { execution, position } of records) open.push({ execution, position });
        },
        durable: (position) => {
          this.#seen[at] = Math.max(this.#seen[at] ?? 0, position);
          for (const { execution, position: last } of open)
            if (last <= position) this.#changed.add(execution);
          open = open.filter((record) => record.position > position);
          if (this.#changed.size > 0) this.#roundSoon();
        },
        retracted: (position) => {
          open = open.filter((record) => record.position <= position);
        },
      },
      this.#seen[at] ?? 0,
    );
  }

  #roundSoon(): void {
    if (this.#round !== undefined || this.#listeners.size === 0) return;
    this.#cancelRound ??= this.#access.clock.schedule(ROUND_MS, () => {
      this.#cancelRound = undefined;
      this.#round = this.#tellAll()
        .catch((error: unknown) => this.#access.logger.warn({ err: error }, 'changes could not be told'))
        .finally(() => {
          this.#round = undefined;
          if (this.#changed.size > 0) this.#roundSoon();
        });
    });
  }

  async #tellAll(): Promise<void> {
    const changed = [...this.#changed];
    this.#changed.clear();
    const cursor = cursorText(this.#seen);
    const rows = await this.#rows(changed);
    for (const feed of this.#listeners) feed.tell(rows, cursor);
    if (!this.#mayChangeApprovals(rows)) return;
    const count = await this.#countApprovals();
    for (const feed of this.#listeners) feed.tellApprovals(count);
  }

  /** Those that ask, or did when it was looked last. */
  #mayChangeApprovals(rows: readonly Row[]): boolean {
    return rows.some(
      ({ id, attention, status }) =>
        attention === 'person' || status === 'paused' || status === 'pausing' || this.#asking.has(id),
    );
  }

  async #countApprovals(): Promise<number> {
    const approvals = await allApprovals(this.#access, this.#states);
    this.#asking = new Set(approvals.map(({ execution }) => execution));
    this.#approvals = approvals.length;
    return approvals.length;
  }

  async #rows(executions: readonly string[]): Promise<readonly Row[]> {
    const entries = [];
    for (const execution of executions) entries.push(await this.#states.entryOf(execution));
    return rowsOf(
      this.#access,
      entries.filter((entry) => entry !== undefined),
    );
  }

  /** Nobody listens any more. */
  async #rest(): Promise<void> {
    this.#cancelRound?.();
    this.#cancelRound = undefined;
    this.#cancelBeat?.();
    this.#changed.clear();
    this.#approvals = undefined;
    const subscriptions = this.#subscriptions;
    this.#subscriptions = undefined;
    for (const subscription of (await subscriptions?.catch(() => [])) ?? []) await subscription.stop();
  }
}

/** One listener: rows are kept by execution, so what waits for it is never more than one row of each. */
class AllFeed implements Feed {
  readonly #access: ServerAccess;
  readonly #onClose: () => Promise<void>;
  readonly #signal = new Signal();
  readonly #rows = new Map<string, Row>();
  #cursor: string | undefined;
  #approvals: number | undefined;
  #isReset = false;
  #isBeatDue = false;
  #failure: { readonly error: unknown } | undefined;
  #isClosed = false;

  constructor(access: ServerAccess, onClose: () => Promise<void>) {
    this.#access = access;
    this.#onClose = onClose;
  }

  tell(rows: readonly Row[], cursor: string): void {
    for (const row of rows) {
      this.#rows.delete(row.id);
      this.#rows.set(row.id, row);
    }
    this.#cursor = cursor;
    if (this.#rows.size > MOST_MISSED) this.reset();
    this.#signal.set();
  }

  tellApprovals(count: number): void {
    this.#approvals = count;
    this.#signal.set();
  }

  /** Too much has changed to tell it one by one. */
  reset(): void {
    this.#rows.clear();
    this.#isReset = true;
    this.#signal.set();
  }

  beat(): void {
    this.#isBeatDue = true;
    this.#signal.set();
  }

  fail(error: unknown): void {
    this.#failure = { error };
    this.#signal.set();
  }

  async next(): Promise<readonly Message[] | undefined> {
    while (!this.#isClosed) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const messages = this.#take();
      if (messages.length > 0) return messages;
      await this.#signal.wait();
    }
    return undefined;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#signal.set();
    await this.#onClose();
  }

  #take(): readonly Message[] {
    const messages: Message[] = [];
    if (this.#isReset) messages.push({ event: 'reset', data: { at: this.#access.clock.now() } });
    if (this.#cursor !== undefined) {
      messages.push({ event: 'executions', id: this.#cursor, data: [...this.#rows.values()] });
    }
    if (this.#approvals !== undefined)
      messages.push({ event: 'approvals', data: { count: this.#approvals } });
    if (messages.length === 0 && this.#isBeatDue) messages.push(HEARTBEAT);
    this.#rows.clear();
    this.#cursor = undefined;
    this.#approvals = undefined;
    this.#isReset = false;
    this.#isBeatDue = false;
    return messages;
  }
}

/** `12.0.7`: a position of each log. */
function cursorText(positions: readonly Position[]): string {
  return positions.join('.');
}

/** Undefined for what is no cursor of these logs. */
function positionsIn(cursor: string, logs: number): readonly Position[] | undefined {
  const parts = cursor.split('.');
  return parts.length === logs && parts.every((part) => /^\d{1,15}$/.test(part))
    ? parts.map(Number)
    : undefined;
}
