import type { Surroundings } from '../../inspection/documents.ts';
import type { Position } from '../../ports/event-log.ts';
import type { LiveProgress } from '../../ports/live-feed.ts';
import type { ServerAccess } from '../access.ts';
import { type Feed, HEARTBEAT, HEARTBEAT_MS, type Message, Signal } from './feed.ts';
import { RecordStream } from './record-stream.ts';

/** How often it is looked whether the surroundings have changed, and how often they are told when they have not. */
const LOOK_MS = 1_000;
const TELL_MS = 5_000;
/** Sayings of agents that wait for a slow reader; the oldest are dropped, since each replaces the one before. */
const MOST_PROGRESS = 256;

/**
 * One execution, live: its records after a position (`record`, with the position as id), what agents say meanwhile (`progress`), and who
 * is there (`surroundings`).
 *
 * @param after a position that is not before the execution's start
 */
export function executionFeed(access: ServerAccess, execution: string, after: Position): Feed {
  return new ExecutionFeed(access, execution, after);
}

class ExecutionFeed implements Feed {
  readonly #access: ServerAccess;
  readonly #execution: string;
  readonly #signal = new Signal();
  readonly #records: RecordStream;
  readonly #stopListening: () => void;
  readonly #progress: LiveProgress[] = [];
  #surroundings: Surroundings | undefined;
  #toldSurroundings = '';
  #toldSurroundingsAt = Number.NEGATIVE_INFINITY;
  #lastToldAt: number;
  #cancelLook: (() => void) | undefined;
  #isClosed = false;

  constructor(access: ServerAccess, execution: string, after: Position) {
    this.#access = access;
    this.#execution = execution;
    this.#lastToldAt = access.clock.monotonic();
    const { log } = access.of(execution);
    this.#records = new RecordStream(execution, { log, after, onChange: () => this.#signal.set() });
    this.#stopListening = access.listen(execution, (progress) => {
      this.#progress.push(progress);
      if (this.#progress.length > MOST_PROGRESS) this.#progress.shift();
      this.#signal.set();
    });
    this.#signal.set();
    void this.#look();
  }

  async next(): Promise<readonly Message[] | undefined> {
    while (!this.#isClosed) {
      const records = await this.#records.take();
      if (this.#isClosed) break;
      const messages: Message[] = [
        ...records.map((record) => ({ event: 'record', id: String(record.position), data: record })),
        ...this.#progress.splice(0).map((data) => ({ event: 'progress', data })),
        ...this.#newSurroundings(),
      ];
      if (messages.length === 0 && this.#isHeartbeatDue) messages.push(HEARTBEAT);
      if (messages.length > 0) {
        this.#lastToldAt = this.#access.clock.monotonic();
        // There may be more to read.
        if (records.length > 0) this.#signal.set();
        return messages;
      }
      await this.#signal.wait();
    }
    return undefined;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelLook?.();
    this.#stopListening();
    this.#signal.set();
    await this.#records.close();
  }

  get #isHeartbeatDue(): boolean {
    return this.#access.clock.monotonic() - this.#lastToldAt >= HEARTBEAT_MS;
  }

  #newSurroundings(): readonly Message[] {
    if (this.#surroundings === undefined) return [];
    const text = JSON.stringify(this.#surroundings);
    const now = this.#access.clock.monotonic();
    if (text === this.#toldSurroundings && now - this.#toldSurroundingsAt < TELL_MS) return [];
    this.#toldSurroundings = text;
    this.#toldSurroundingsAt = now;
    return [{ event: 'surroundings', data: this.#surroundings }];
  }

  async #look(): Promise<void> {
    const { clock } = this.#access;
    this.#surroundings = await surroundingsOf(this.#access, this.#execution);
    this.#signal.set();
    if (!this.#isClosed) this.#cancelLook = clock.schedule(LOOK_MS, () => void this.#look());
  }
}

/** Who drives it and which hosts are there; what cannot be found out is null. */
export async function surroundingsOf(access: ServerAccess, execution: string): Promise<Surroundings> {
  const [undriven, hosts] = await Promise.all([
    access.undriven([execution]).catch(() => null),
    access.hosts().catch(() => null),
  ]);
  return { isDriven: undriven === null ? null : !undriven.has(execution), hosts };
}
