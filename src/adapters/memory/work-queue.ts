import type { Consumption, Offer, OfferConsumer, WorkQueue } from '../../ports/work-queue.ts';
import { RoleQueue } from './role-queue.ts';

/**
 * Offers within one process. An offer reaches a consumer with room inside the call that makes it, and consumers of a role take
 * turns. Every operation costs the same however much is queued.
 */
export class InProcessWorkQueue implements WorkQueue {
  readonly #roles = new Map<string, Role>();
  /** The queue that holds each offer. */
  readonly #places = new Map<string, RoleQueue>();

  offer(offer: Offer): void {
    if (this.#places.has(offer.id)) return;
    const role = this.#roleOf(offer.role);
    role.queue.add(offer);
    this.#places.set(offer.id, role.queue);
    this.#deliver(role);
  }

  withdraw(offerId: string): void {
    this.#places.get(offerId)?.remove(offerId);
    this.#places.delete(offerId);
  }

  consume(consumer: OfferConsumer): Consumption {
    const role = this.#roleOf(consumer.role);
    role.consumers.push(consumer);
    this.#deliver(role);
    return {
      roomy: () => this.#deliver(role),
      stop: () => {
        role.consumers = role.consumers.filter((other) => other !== consumer);
      },
    };
  }

  #roleOf(name: string): Role {
    let role = this.#roles.get(name);
    if (role === undefined) {
      role = { queue: new RoleQueue(), consumers: [], turn: 0, isDelivering: false };
      this.#roles.set(name, role);
    }
    return role;
  }

  /** A consumer may offer more while it receives: the delivery that is under way goes on with it. */
  #deliver(role: Role): void {
    if (role.isDelivering) return;
    role.isDelivering = true;
    try {
      while (role.queue.size > 0) {
        const consumer = nextWithRoom(role);
        const offer = consumer && role.queue.take();
        if (consumer === undefined || offer === undefined) return;
        this.#places.delete(offer.id);
        consumer.receive(offer);
      }
    } finally {
      role.isDelivering = false;
    }
  }
}

interface Role {
  readonly queue: RoleQueue;
  consumers: OfferConsumer[];
  /** Index of the consumer whose turn it is. */
  turn: number;
  isDelivering: boolean;
}

function nextWithRoom(role: Role): OfferConsumer | undefined {
  const count = role.consumers.length;
  for (let step = 0; step < count; step += 1) {
    const index = (role.turn + step) % count;
    const consumer = role.consumers[index];
    if (consumer === undefined || consumer.room() <= 0) continue;
    role.turn = (index + 1) % count;
    return consumer;
  }
  return undefined;
}
