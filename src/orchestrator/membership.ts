import type { Clock } from '../ports/clock.ts';
import type { Subscription } from '../ports/event-log.ts';
import type { LeaseBoard, LeaseEntry, LeaseKey } from '../ports/lease-board.ts';
import type { OwnerInfo } from '../ports/ownership.ts';

export interface MembershipOptions {
  readonly board: LeaseBoard;
  readonly self: OwnerInfo;
  readonly partitions: number;
  readonly clock: Clock;
  /** An entry whose beat has not changed for so long, on this process's monotonic clock, is a dead one's. */
  readonly leaseMs: number;
  /** Whether a holder is known to be gone before its lease is over: its process is not there any more. Default: nobody is. */
  readonly isGone?: ((holder: OwnerInfo) => boolean) | undefined;
  /** Something on the board changed. */
  readonly onChange: () => void;
}

/**
 * Who is there and who holds what, as this process sees it. One entry per process is refreshed; the entries of partitions only
 * name their holder, and are as alive as the holder is.
 */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #seen = new Map<LeaseKey, { readonly entry: LeaseEntry; readonly at: number }>();
  #subscription: Subscription | undefined;
  #beat = 0;
  #refreshedAt = Number.NEGATIVE_INFINITY;

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  async join(): Promise<void> {
    const { board, clock, onChange } = this.#options;
    this.#subscription = await board.watch((key, entry) => {
      if (entry === undefined) this.#seen.delete(key);
      else if (this.#seen.get(key)?.entry.beat !== entry.beat || this.#isOther(key, entry)) {
        this.#seen.set(key, { entry, at: clock.monotonic() });
      }
      onChange();
    });
    await this.refresh();
  }

  /** Says that this process lives. Rejects when the board cannot be written. */
  async refresh(): Promise<void> {
    const { board, self, clock } = this.#options;
    const begun = clock.monotonic();
    this.#beat += 1;
    await board.put(`member.${self.process}`, { holder: self, beat: this.#beat });
    this.#refreshedAt = begun;
  }

  /** Ms since this process last began to say that it lives and was heard. */
  get sinceRefresh(): number {
    return this.#options.clock.monotonic() - this.#refreshedAt;
  }

  /** Ids of the living, this process included. */
  members(): readonly string[] {
    const living = new Set([this.#options.self.process]);
    for (const [key, { entry }] of this.#seen) {
      if (key.startsWith('member.') && this.#lives(entry.holder.process)) living.add(entry.holder.process);
    }
    return [...living];
  }

  /** Living holder of each partition, as the board has it. */
  holders(): readonly (string | undefined)[] {
    return Array.from({ length: this.#options.partitions }, (_, partition) => {
      const entry = this.#seen.get(`partition.${partition}`)?.entry;
      if (entry === undefined || entry.isReleased === true) return undefined;
      return this.#lives(entry.holder.process) ? entry.holder.process : undefined;
    });
  }

  async hold(partition: number): Promise<void> {
    const entry = this.#entryOf(false);
    // Before it is written: what the watch tells from here on, a rival's entry too, is what stands on the board.
    this.#see(partition, entry);
    await this.#options.board.put(`partition.${partition}`, entry);
  }

  /** When it cannot be written, the board still names this process, which then has to take the partition again. */
  async letGo(partition: number): Promise<void> {
    const entry = this.#entryOf(true);
    await this.#options.board.put(`partition.${partition}`, entry);
    this.#see(partition, entry);
  }

  /** Takes the entries of the dead off the board, so that nobody has to wait for them. */
  async bury(): Promise<void> {
    const { board } = this.#options;
    for (const [key, { entry }] of this.#seen) {
      if (!key.startsWith('member.') || this.#lives(entry.holder.process)) continue;
      await board.remove(key);
    }
  }

  async leave(): Promise<void> {
    const { board, self } = this.#options;
    await this.#subscription?.stop();
    await board.remove(`member.${self.process}`).catch(() => undefined);
  }

  #entryOf(isReleased: boolean): LeaseEntry {
    this.#beat += 1;
    return { holder: this.#options.self, beat: this.#beat, ...(isReleased ? { isReleased } : {}) };
  }

  #see(partition: number, entry: LeaseEntry): void {
    this.#seen.set(`partition.${partition}`, { entry, at: this.#options.clock.monotonic() });
  }

  #isOther(key: LeaseKey, { holder, isReleased }: LeaseEntry): boolean {
    const entry = this.#seen.get(key)?.entry;
    return entry?.holder.process !== holder.process || entry.isReleased !== isReleased;
  }

  #lives(process: string): boolean {
    const { self, clock, leaseMs, isGone } = this.#options;
    if (process === self.process) return true;
    const seen = this.#seen.get(`member.${process}`);
    if (seen === undefined || clock.monotonic() - seen.at > leaseMs) return false;
    return isGone?.(seen.entry.holder) !== true;
  }
}
