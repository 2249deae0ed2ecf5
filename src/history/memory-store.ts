import type { Position } from '../ports/event-log.ts';
import { summariseDurations } from './durations.ts';
import type { HistoryEntry } from './entry.ts';
import type { HistoryQuery, HistoryStore, HistorySummary } from './store.ts';

/** A history that is gone with the process. */
export class MemoryHistoryStore implements HistoryStore {
  readonly #entries = new Map<string, HistoryEntry>();
  readonly #readTo = new Map<string, Position>();

  async put(entries: readonly HistoryEntry[]): Promise<void> {
    for (const entry of entries) {
      if (entry.position >= (this.#entries.get(entry.id)?.position ?? 0)) this.#entries.set(entry.id, entry);
    }
  }

  async get(execution: string): Promise<HistoryEntry | undefined> {
    return this.#entries.get(execution);
  }

  async list(query: HistoryQuery = {}): Promise<readonly HistoryEntry[]> {
    return this.#matching(query).sort(newestFirst).slice(0, query.limit);
  }

  async summarise(query: HistoryQuery = {}): Promise<HistorySummary> {
    const entries = this.#matching(query);
    const byStatus: Record<string, number> = {};
    for (const { status } of entries) byStatus[status] = (byStatus[status] ?? 0) + 1;
    const durations = entries.flatMap(({ durationMs }) => (durationMs === null ? [] : [durationMs]));
    durations.sort((one, other) => one - other);
    return { total: entries.length, byStatus, durations: summariseDurations(durations) };
  }

  async readTo(log: string): Promise<Position> {
    return this.#readTo.get(log) ?? 0;
  }

  async markReadTo(log: string, position: Position): Promise<void> {
    this.#readTo.set(log, Math.max(position, this.#readTo.get(log) ?? 0));
  }

  async close(): Promise<void> {
    // Nothing to let go of: what was kept can still be read.
  }

  #matching({ status, task, since = 0 }: HistoryQuery): HistoryEntry[] {
    return [...this.#entries.values()].filter(
      (entry) =>
        (status === undefined || status.includes(entry.status)) &&
        (task === undefined || task === entry.task) &&
        entry.startedAt >= since,
    );
  }
}

function newestFirst(one: HistoryEntry, other: HistoryEntry): number {
  return other.startedAt - one.startedAt || (one.id < other.id ? 1 : -1);
}
