import type { Position } from '../ports/event-log.ts';
import { ATTENTIONS } from './attention.ts';
import { summariseDurations } from './durations.ts';
import type { HistoryEntry } from './entry.ts';
import type { Tally } from './metrics/tally.ts';
import { inOneCase } from './search.ts';
import type { HistoryCount, HistoryQuery, HistoryStore, HistorySummary, Span, SpanQuery } from './store.ts';

type Order = NonNullable<HistoryQuery['order']>;

/** A history that is gone with the process. */
export class MemoryHistoryStore implements HistoryStore {
  readonly #entries = new Map<string, HistoryEntry>();
  readonly #tallies = new Map<string, Tally>();
  readonly #readTo = new Map<string, Position>();
  /** All entries in the orders that were asked for; made again after a change. */
  readonly #sorted = new Map<Order, readonly HistoryEntry[]>();

  async put(entries: readonly HistoryEntry[]): Promise<void> {
    for (const entry of entries) {
      if (entry.position >= (this.#entries.get(entry.id)?.position ?? 0)) this.#entries.set(entry.id, entry);
    }
    if (entries.length > 0) this.#sorted.clear();
  }

  async get(execution: string): Promise<HistoryEntry | undefined> {
    return this.#entries.get(execution);
  }

  async list(query: HistoryQuery = {}): Promise<readonly HistoryEntry[]> {
    const { order = 'newest', offset = 0, limit = Infinity } = query;
    const page: HistoryEntry[] = [];
    let at = 0;
    const matches = matcher(query);
    for (const entry of this.#inOrder(order)) {
      if (page.length >= limit) break;
      if (!matches(entry)) continue;
      if (at >= offset) page.push(entry);
      at += 1;
    }
    return page;
  }

  async count(query: HistoryQuery = {}): Promise<HistoryCount> {
    const byStatus: Record<string, number> = {};
    let total = 0;
    const matches = matcher(query);
    for (const entry of this.#entries.values()) {
      if (!matches(entry)) continue;
      total += 1;
      byStatus[entry.status] = (byStatus[entry.status] ?? 0) + 1;
    }
    return { total, byStatus };
  }

  async summarise(query: HistoryQuery = {}): Promise<HistorySummary> {
    const matches = matcher(query);
    const durations: number[] = [];
    for (const entry of this.#entries.values()) {
      if (entry.durationMs !== null && matches(entry)) durations.push(entry.durationMs);
    }
    durations.sort((one, other) => one - other);
    return { ...(await this.count(query)), durations: summariseDurations(durations) };
  }

  async spans(query: SpanQuery = {}): Promise<readonly Span[]> {
    const isIn = spanMatcher(query);
    const found: Span[] = [];
    for (const entry of this.#inOrder('newest')) {
      if (found.length === query.limit) break;
      if (!isIn(entry)) continue;
      const { id, task, status, startedAt, endedAt, durationMs, usage } = entry;
      found.push({ id, task, status, startedAt, endedAt, durationMs, usage });
    }
    return found;
  }

  async untallied(limit: number): Promise<readonly string[]> {
    const found: string[] = [];
    for (const { id, position } of this.#inOrder('newest')) {
      if (found.length === limit) break;
      if ((this.#tallies.get(id)?.position ?? -1) < position) found.push(id);
    }
    return found;
  }

  async putTallies(tallies: readonly Tally[]): Promise<void> {
    for (const tally of tallies) {
      if (tally.position >= (this.#tallies.get(tally.execution)?.position ?? 0))
        this.#tallies.set(tally.execution, tally);
    }
  }

  async tallies(query: SpanQuery = {}): Promise<readonly Tally[]> {
    const spans = await this.spans(query);
    return spans.flatMap(({ id }) => this.#tallies.get(id) ?? []);
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

  #inOrder(order: Order): readonly HistoryEntry[] {
    let sorted = this.#sorted.get(order);
    if (sorted === undefined) {
      sorted = [...this.#entries.values()].sort(order === 'newest' ? newestFirst : byAttention);
      this.#sorted.set(order, sorted);
    }
    return sorted;
  }
}

function matcher({ status, task, since = 0, until = Infinity, search = '' }: HistoryQuery) {
  const needle = inOneCase(search);
  return (entry: HistoryEntry): boolean =>
    (status === undefined || status.includes(entry.status)) &&
    (task === undefined || task === entry.task) &&
    entry.startedAt >= since &&
    entry.startedAt < until &&
    (needle === '' || inOneCase(entry.id).includes(needle) || inOneCase(entry.task).includes(needle));
}

function spanMatcher({ task, since = -Infinity, until = Infinity }: SpanQuery) {
  return ({ task: own, startedAt, endedAt }: HistoryEntry): boolean =>
    (task === undefined || task === own) && startedAt < until && (endedAt ?? Infinity) >= since;
}

function newestFirst(one: HistoryEntry, other: HistoryEntry): number {
  return other.startedAt - one.startedAt || (one.id < other.id ? 1 : -1);
}

function byAttention(one: HistoryEntry, other: HistoryEntry): number {
  return ATTENTIONS.indexOf(one.attention) - ATTENTIONS.indexOf(other.attention) || newestFirst(one, other);
}
