import { RoleQueue } from '../../adapters/memory/role-queue.ts';
import type { VirtualClock } from '../../adapters/memory/virtual-clock.ts';
import type { Offer, OfferConsumer } from '../../ports/work-queue.ts';
import type { Network } from './network.ts';
import type { SimulatedProcess } from './process.ts';

/** An offer that was handed over and not acknowledged comes again after so long. */
const ACKNOWLEDGED_WITHIN_MS = 2_000;

/**
 * The stream of offers at the server: one message per offer, handed to whoever has room, and again when nobody said that it
 * arrived.
 */
export class OfferStream {
  readonly #clock: VirtualClock;
  readonly #network: Network;
  readonly #roles = new Map<string, Role>();
  /** In the queue, or handed over and not acknowledged. */
  readonly #present = new Map<string, Offer>();

  constructor(clock: VirtualClock, network: Network) {
    this.#clock = clock;
    this.#network = network;
  }

  has(offerId: string): boolean {
    return this.#present.has(offerId);
  }

  add(offer: Offer): void {
    if (this.#present.has(offer.id)) return;
    this.#present.set(offer.id, offer);
    this.#queue(offer);
  }

  withdraw(offerId: string): void {
    const offer = this.#present.get(offerId);
    if (offer === undefined) return;
    this.#present.delete(offerId);
    this.#roleOf(offer.role).queue.remove(offerId);
  }

  /** The server lost what it had not written down yet. */
  lose(isLost: (offerId: string) => boolean): void {
    for (const id of [...this.#present.keys()]) if (isLost(id)) this.withdraw(id);
  }

  join(process: SimulatedProcess, consumer: OfferConsumer): () => void {
    const role = this.#roleOf(consumer.role);
    const member: Member = { process, consumer, underWay: 0 };
    role.members.push(member);
    const leave = (): void => {
      role.members = role.members.filter((other) => other !== member);
    };
    process.onEnd(leave);
    this.#deliver(role);
    return leave;
  }

  /** Nothing waits for a host of the role. */
  isEmpty(roleName: string): boolean {
    return this.#roleOf(roleName).queue.size === 0;
  }

  /** Somebody has room again, or a connection is there again. */
  roomy(roleName?: string): void {
    if (roleName === undefined) for (const role of this.#roles.values()) this.#deliver(role);
    else this.#deliver(this.#roleOf(roleName));
  }

  #roleOf(name: string): Role {
    let role = this.#roles.get(name);
    if (role === undefined) {
      role = { queue: new RoleQueue(), members: [], turn: 0 };
      this.#roles.set(name, role);
    }
    return role;
  }

  #queue(offer: Offer): void {
    const role = this.#roleOf(offer.role);
    role.queue.remove(offer.id);
    role.queue.add(offer);
    this.#deliver(role);
  }

  #deliver(role: Role): void {
    while (role.queue.size > 0) {
      const member = this.#nextOf(role);
      const offer = member && role.queue.take();
      if (member === undefined || offer === undefined) return;
      this.#hand(offer, member, role);
    }
  }

  #hand(offer: Offer, member: Member, role: Role): void {
    const { process, consumer } = member;
    member.underWay += 1;
    let hasArrived = false;
    this.#network.toProcess(process, `offer ${offer.role}`, () => {
      if (!hasArrived) member.underWay -= 1;
      hasArrived = true;
      this.#network.toServer(process, 'offer acknowledged', () => this.#present.delete(offer.id));
      consumer.receive(offer);
    });
    this.#clock.schedule(ACKNOWLEDGED_WITHIN_MS, () => {
      if (!hasArrived) member.underWay -= 1;
      hasArrived = true;
      if (this.#present.get(offer.id) === offer) this.#queue(offer);
      this.#deliver(role);
    });
  }

  #nextOf(role: Role): Member | undefined {
    const count = role.members.length;
    for (let step = 0; step < count; step += 1) {
      const index = (role.turn + step) % count;
      const member = role.members[index];
      if (member === undefined || !this.#takes(member)) continue;
      role.turn = (index + 1) % count;
      return member;
    }
    return undefined;
  }

  /** What a host has asked for is known at the server; that costs no message here. */
  #takes({ process, consumer, underWay }: Member): boolean {
    return !process.isDead && this.#network.isOpen(process.node, 'in') && consumer.room() > underWay;
  }
}

interface Role {
  readonly queue: RoleQueue;
  members: Member[];
  turn: number;
}

interface Member {
  readonly process: SimulatedProcess;
  readonly consumer: OfferConsumer;
  /** Handed over, and not there yet. */
  underWay: number;
}
