import type { Surroundings } from '../../inspection/documents.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Position } from '../../ports/event-log.ts';
import type { LiveProgress } from '../../ports/live-feed.ts';
import { type Feed, HEARTBEAT, HEARTBEAT_MS, type Message, Signal } from './feed.ts';
import { RecordStream } from './record-stream.ts';
import type { SharedExecution } from './shared.ts';

/** How often it is looked whether the surroundings have changed, and how often they are told when they have not. */
const LOOK_MS = 1_000;
const TELL_MS = 5_000;
/** Sayings of agents that wait for a slow reader; the oldest are dropped, since each replaces the one before. */
const MOST_PROGRESS = 256;

/**
 * One execution, live: its records after a position (`record`, with the position as id), what agents say meanwhile (`progress`), and who
 * is there (`surroundings`).
 *
 * @param shared what it has in common with the other feeds of the execution
 * @param after a position that is not before the execution's start
 */
export function executionFeed(
  clock: Clock,
  execution: string,
  { shared, after }: { readonly shared: SharedExecution; readonly after: Position },
): Feed {
  return new ExecutionFeed(clock, execution, shared, after);
}

class ExecutionFeed implements Feed {
  readonly #clock: Clock;
  readonly #shared: SharedExecution;
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

  constructor(clock: Clock, execution: string, shared: SharedExecution, after: Position) {
    this.#clock = clock;
    this.#shared = shared;
    this.#lastToldAt = clock.monotonic();
    const { log } = shared;
    this.#records = new RecordStream(execution, { log, after, onChange: () => this.#signal.set() });
    this.#stopListening = shared.listen((progress) => {
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
        this.#lastToldAt = this.#clock.monotonic();
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
    return this.#clock.monotonic() - this.#lastToldAt >= HEARTBEAT_MS;
  }

  #newSurroundings(): readonly Message[] {
    if (this.#surroundings === undefined) return [];
    const text = JSON.stringify(this.#surroundings);
    const now = this.#clock.monotonic();
    if (text === this.#toldSurroundings && now - this.#toldSurroundingsAt < TELL_MS) return [];
    this.#toldSurroundings = text;
    this.#toldSurroundingsAt = now;
    return [{ event: 'surroundings', data: this.#surroundings }];
  }

  async #look(): Promise<void> {
    this.#surroundings = await this.#shared.surroundings();
    this.#signal.set();
    if (!this.#isClosed) this.#cancelLook = this.#clock.schedule(LOOK_MS, () => void this.#look());
  }
}
