import { natsUndriven } from '../../errors.ts';
import type { LeaseBoard } from '../../ports/lease-board.ts';
import type { OwnerInfo, Ownership, Taken } from '../../ports/ownership.ts';

/**
 * Who drives an execution, for those who only look: whoever holds its partition and is still there. Partitions change hands
 * between orchestrators and on their board; nobody takes a single execution, and none is ever an orphan.
 */
export class NatsOwnership implements Ownership {
  readonly self: OwnerInfo;
  readonly #leases: LeaseBoard;
  readonly #partitionOf: (execution: string) => number;
  /** By partition, while it is asked for: whoever lists executions asks for many at once. */
  readonly #asked = new Map<number, Promise<OwnerInfo | undefined>>();

  constructor(options: {
    readonly self: OwnerInfo;
    readonly leases: LeaseBoard;
    readonly partitionOf: (execution: string) => number;
  }) {
    this.self = options.self;
    this.#leases = options.leases;
    this.#partitionOf = options.partitionOf;
  }

  /** Never takes anything. @throws NATS_UNDRIVEN when nobody drives it */
  async take(execution: string): Promise<Taken> {
    const by = await this.ownerOf(execution);
    if (by === undefined) throw natsUndriven(execution);
    return { taken: false, by };
  }

  ownerOf(execution: string): Promise<OwnerInfo | undefined> {
    const partition = this.#partitionOf(execution);
    let asked = this.#asked.get(partition);
    if (asked === undefined) {
      asked = this.#holderOf(partition).finally(() => this.#asked.delete(partition));
      this.#asked.set(partition, asked);
    }
    return asked;
  }

  async orphans(): Promise<readonly string[]> {
    return [];
  }

  async release(): Promise<void> {}

  async markEnded(): Promise<void> {}

  async markLive(): Promise<void> {}

  async #holderOf(partition: number): Promise<OwnerInfo | undefined> {
    const lease = await this.#leases.get(`partition.${partition}`);
    if (lease === undefined || lease.isReleased === true) return undefined;
    const member = await this.#leases.get(`member.${lease.holder.process}`);
    return member && lease.holder;
  }
}
