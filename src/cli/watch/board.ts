import { loadFold } from '../../engine/load.ts';
import { type PendingApproval, pendingApprovalsOf } from '../../engine/pending-approvals.ts';
import { toTroupeError } from '../../errors.ts';
import type { HistoryEntry } from '../../history/entry.ts';
import type { HostPresence } from '../../ports/agent-directory.ts';
import type { Clock } from '../../ports/clock.ts';
import type { State, StateHistory } from '../state/state.ts';

/** An execution in the list, with whether anybody drives it. */
export interface BoardEntry extends HistoryEntry {
  /** False: it has not ended, and no living process goes on with it. */
  readonly isDriven: boolean;
}

/** All that is shown of a place with many executions. */
export interface Board {
  readonly entries: readonly BoardEntry[];
  readonly total: number;
  readonly approvals: readonly PendingApproval[];
  readonly hosts: readonly HostPresence[];
}

/** How often it is read again. */
const READ_MS = 1_000;
/** Executions in the list at most; those that need somebody come first. */
const MOST_ENTRIES = 500;

export interface BoardOptions {
  readonly state: State;
  readonly clock: Clock;
  readonly onChange: () => void;
}

/** Reads what there is, again and again while it is open. Only reads. */
export class BoardReader implements AsyncDisposable {
  readonly #options: BoardOptions;
  readonly #history: StateHistory;
  /** By execution, with the position that they were read at: most do not change from one reading to the next. */
  readonly #asked = new Map<
    string,
    { readonly position: number; readonly approvals: readonly PendingApproval[] }
  >();
  #board: Board | undefined;
  #problem: string | undefined;
  #cancel: (() => void) | undefined;
  #isClosed = false;
  #reading: Promise<void> | undefined;

  /** Resolves when it was read once. */
  static async open(options: BoardOptions): Promise<BoardReader> {
    const reader = new BoardReader(options, await options.state.openHistory());
    await reader.#read();
    return reader;
  }

  private constructor(options: BoardOptions, history: StateHistory) {
    this.#options = options;
    this.#history = history;
  }

  get board(): Board {
    return this.#board ?? { entries: [], total: 0, approvals: [], hosts: [] };
  }

  /** Why it could not be read the last time. */
  get problem(): string | undefined {
    return this.#problem;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    await this.#reading;
    await this.#history[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #read(): Promise<void> {
    this.#reading = this.#readOnce().then(
      () => {
        this.#problem = undefined;
      },
      // What does not answer is asked again.
      (error: unknown) => {
        this.#problem = toTroupeError(error).message;
      },
    );
    return this.#reading.then(() => {
      if (this.#isClosed) return;
      this.#options.onChange();
      this.#cancel = this.#options.clock.schedule(READ_MS, () => void this.#read());
    });
  }

  async #readOnce(): Promise<void> {
    const { state } = this.#options;
    const { entries } = await this.#history.glance({ order: 'attention', limit: MOST_ENTRIES });
    const live = entries.filter(({ endedAt }) => endedAt === null);
    const [undriven, hosts, { total }, approvals] = await Promise.all([
      state.undriven(live.map(({ id }) => id)),
      state.directory.list(),
      this.#history.count({}),
      this.#approvalsOf(live),
    ]);
    this.#board = {
      entries: entries.map((entry) => ({
        ...entry,
        isDriven: entry.endedAt !== null || !undriven.has(entry.id),
      })),
      total,
      approvals,
      hosts,
    };
  }

  async #approvalsOf(live: readonly HistoryEntry[]): Promise<readonly PendingApproval[]> {
    const asking = live.filter(({ attention, status }) => attention === 'person' || status === 'paused');
    const known = new Set(asking.map(({ id }) => id));
    for (const id of this.#asked.keys()) if (!known.has(id)) this.#asked.delete(id);
    const found = await Promise.all(asking.map((entry) => this.#askedBy(entry)));
    return found.flat().sort((a, b) => a.since - b.since);
  }

  async #askedBy({ id, position }: HistoryEntry): Promise<readonly PendingApproval[]> {
    const before = this.#asked.get(id);
    if (before?.position === position) return before.approvals;
    const fold = await loadFold(id, this.#options.state.of(id).sources);
    const approvals = fold === undefined ? [] : pendingApprovalsOf(fold);
    this.#asked.set(id, { position, approvals });
    return approvals;
  }
}
