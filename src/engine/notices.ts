import type { Effect } from '../../machines/effects.ts';
import type { Notice } from '../../machines/notices.ts';
import type { RecordData } from '../../machines/records.ts';
import type { LogRecord } from '../ports/event-log.ts';

export interface PendingNotice {
  readonly id: string;
  readonly notice: Notice;
  /** Log time, ms since 1970. */
  readonly at: number;
}

/** More are not kept: what nobody is told of after so many is not told at all. */
const MAX_PENDING = 1000;

/**
 * What people are still to be told of. Like the seals it is bookkeeping of the fold beside the state: telling somebody changes nothing, so
 * it is outside the hash. Each notice stays owed until a record says that it was told or given up, so it is told at least once.
 */
export class Notices {
  readonly #pending = new Map<string, PendingNotice>();
  /** Executions of earlier rules tell nobody. */
  readonly #isOn: boolean;
  #owed: readonly Effect[] = [];

  constructor(foldVersion: number, pending: readonly PendingNotice[] = []) {
    this.#isOn = foldVersion >= 2;
    for (const one of pending) this.#pending.set(one.id, one);
    this.#list();
  }

  /** Takes what the record gave rise to. */
  take(record: Pick<LogRecord, 'position' | 'at'>, notices: readonly Notice[]): void {
    if (!this.#isOn || notices.length === 0) return;
    for (const [index, notice] of notices.entries()) {
      if (this.#pending.size >= MAX_PENDING) break;
      const id = `notice/${record.position}/${index + 1}`;
      this.#pending.set(id, { id, notice, at: record.at });
    }
    this.#list();
  }

  /** @returns whether it was owed */
  discharge({ id }: RecordData<'notification.sent'>): boolean {
    const wasOwed = this.#pending.delete(id);
    if (wasOwed) this.#list();
    return wasOwed;
  }

  owed(): readonly Effect[] {
    return this.#owed;
  }

  toJSON(): readonly PendingNotice[] {
    return [...this.#pending.values()];
  }

  #list(): void {
    this.#owed = [...this.#pending.values()].map((one) => ({ kind: 'notify', ...one }) as const);
  }
}
