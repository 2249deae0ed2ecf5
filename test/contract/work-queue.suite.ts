import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Offer, OfferConsumer, WorkQueue } from '../../src/ports/work-queue.ts';

/** What every queue of one process promises. `createQueue` makes an empty one. */
export function workQueueSuite(name: string, createQueue: () => WorkQueue): void {
  describe(`the work queue: ${name}`, () => {
    test('an offer reaches a consumer with room inside the call that makes it', () => {
      const queue = createQueue();
      const host = new Host();
      queue.consume(host);
      queue.offer(offer('e/a/1'));
      expect(host.received).toEqual(['e/a/1']);
    });

    test('offers wait for a consumer of their role, oldest first', () => {
      const queue = createQueue();
      for (const id of ['e/a/1', 'f/a/1', 'e/b/1']) queue.offer(offer(id));
      queue.offer(offer('e/c/1', { role: 'chair' }));
      const host = new Host();
      queue.consume(host);
      expect(host.received).toEqual(['e/a/1', 'f/a/1', 'e/b/1']);
    });

    test('a consumer without room is given nothing until it says that it has room', () => {
      const queue = createQueue();
      const host = new Host({ free: 1 });
      const consumption = queue.consume(host);
      for (const id of ['e/a/1', 'e/b/1', 'e/c/1']) queue.offer(offer(id));
      expect(host.received).toEqual(['e/a/1']);
      host.free = 2;
      consumption.roomy();
      expect(host.received).toEqual(['e/a/1', 'e/b/1', 'e/c/1']);
    });

    test('consumers of a role take turns', () => {
      const queue = createQueue();
      const hosts = [new Host(), new Host(), new Host({ free: 1 })];
      for (const host of hosts) queue.consume(host);
      for (let index = 0; index < 8; index += 1) queue.offer(offer(`e/s${index}/1`));
      expect(hosts.map(({ received }) => received.length)).toEqual([4, 3, 1]);
    });

    test('a queued offer made again changes nothing', () => {
      const queue = createQueue();
      for (const id of ['e/a/1', 'e/b/1', 'e/a/1']) queue.offer(offer(id));
      const host = new Host();
      queue.consume(host);
      expect(host.received).toEqual(['e/a/1', 'e/b/1']);
    });

    test('an offer that was received may be made again', () => {
      const queue = createQueue();
      const host = new Host();
      queue.consume(host);
      queue.offer(offer('e/a/1'));
      queue.offer(offer('e/a/1'));
      expect(host.received).toEqual(['e/a/1', 'e/a/1']);
    });

    test('a withdrawn offer reaches nobody, and withdrawing what is not queued changes nothing', () => {
      const queue = createQueue();
      for (const id of ['e/a/1', 'e/b/1']) queue.offer(offer(id));
      queue.withdraw('e/a/1');
      queue.withdraw('e/a/1');
      queue.withdraw('unknown');
      const host = new Host();
      queue.consume(host);
      queue.withdraw('e/b/1');
      expect(host.received).toEqual(['e/b/1']);
    });

    test('within an execution, the higher priority goes first', () => {
      const queue = createQueue();
      for (const [id, priority] of [
        ['e/a/1', 0],
        ['e/b/1', 5],
        ['e/c/1', 5],
        ['e/d/1', 9],
      ] as const) {
        queue.offer(offer(id, { priority }));
      }
      const host = new Host();
      queue.consume(host);
      expect(host.received).toEqual(['e/d/1', 'e/b/1', 'e/c/1', 'e/a/1']);
    });

    test('a high priority does not overtake another execution', () => {
      const queue = createQueue();
      queue.offer(offer('first/low/1'));
      queue.offer(offer('second/only/1'));
      queue.offer(offer('first/high/1', { priority: 100 }));
      const host = new Host();
      queue.consume(host);
      expect(host.received).toEqual(['first/high/1', 'second/only/1', 'first/low/1']);
    });

    test('a withdrawn offer gives up its own turn and no other', () => {
      const queue = createQueue();
      queue.offer(offer('e/a/1'));
      queue.offer(offer('f/a/1'));
      queue.offer(offer('e/b/1'));
      queue.withdraw('e/a/1');
      const host = new Host();
      queue.consume(host);
      expect(host.received).toEqual(['f/a/1', 'e/b/1']);
    });

    test('a consumer that stopped is given nothing more, others are', () => {
      const queue = createQueue();
      const [stopped, other] = [new Host(), new Host({ free: 1 })];
      const consumption = queue.consume(stopped);
      queue.consume(other);
      consumption.stop();
      consumption.stop();
      consumption.roomy();
      queue.offer(offer('e/a/1'));
      queue.offer(offer('e/b/1'));
      consumption.roomy();
      expect(stopped.received).toEqual([]);
      expect(other.received).toEqual(['e/a/1']);
    });

    test('what a consumer offers while it receives is delivered before the first call returns', () => {
      const queue = createQueue();
      const host = new Host({
        onReceive: ({ attempt, execution, step }) => {
          if (attempt < 4) queue.offer(offer(`${execution}/${step}/${attempt + 1}`));
        },
      });
      queue.consume(host);
      queue.offer(offer('e/a/1'));
      expect(host.received).toEqual(['e/a/1', 'e/a/2', 'e/a/3', 'e/a/4']);
    });

    test('100,000 queued offers are withdrawn and delivered without a walk through all of them', () => {
      const queue = createQueue();
      const ids = Array.from({ length: 100_000 }, (_, index) => `e${index % 7}/s${index}/1`);
      for (const [index, id] of ids.entries()) queue.offer(offer(id, { priority: index % 3 }));
      for (const [index, id] of ids.entries()) if (index % 2 === 0) queue.withdraw(id);
      const host = new Host();
      queue.consume(host);
      expect(host.received).toHaveLength(50_000);
    });

    test('any mix of offers, withdrawals and room behaves as the plain reading of the rules', () => {
      const id = fc
        .tuple(fc.constantFrom('e', 'f', 'g'), fc.nat(5))
        .map(([execution, step]) => `${execution}/s${step}/1`);
      const action = fc.oneof(
        fc.record({ kind: fc.constant('offer' as const), id, priority: fc.nat(2) }),
        fc.record({ kind: fc.constant('withdraw' as const), id }),
        fc.record({ kind: fc.constant('room' as const), count: fc.nat(3) }),
      );
      fc.assert(
        fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
          const queue = createQueue();
          const model = new Model();
          const host = new Host({ free: 0 });
          const consumption = queue.consume(host);
          for (const step of actions) {
            if (step.kind === 'offer') {
              queue.offer(offer(step.id, { priority: step.priority }));
              model.offer(offer(step.id, { priority: step.priority }));
            } else if (step.kind === 'withdraw') {
              queue.withdraw(step.id);
              model.withdraw(step.id);
            } else {
              host.free = step.count;
              consumption.roomy();
              model.take(step.count);
              host.free = 0;
            }
          }
          expect(host.received).toEqual(model.taken);
        }),
      );
    });
  });
}

class Host implements OfferConsumer {
  readonly role = 'analyst';
  readonly received: string[] = [];
  readonly #onReceive: (offer: Offer) => void;
  free: number;

  constructor({
    free = Infinity,
    onReceive = () => undefined,
  }: { free?: number; onReceive?: (offer: Offer) => void } = {}) {
    this.free = free;
    this.#onReceive = onReceive;
  }

  room(): number {
    return this.free;
  }

  receive(received: Offer): void {
    this.free -= 1;
    this.received.push(received.id);
    this.#onReceive(received);
  }
}

/** The rules, said as plainly as possible: a turn for each waiting offer, in the order in which they came. */
class Model {
  readonly taken: string[] = [];
  #waiting: { offer: Offer; turn: number; came: number }[] = [];
  #count = 0;

  offer(made: Offer): void {
    if (this.#waiting.some(({ offer: { id } }) => id === made.id)) return;
    this.#count += 1;
    this.#waiting.push({ offer: made, turn: this.#count, came: this.#count });
  }

  withdraw(id: string): void {
    this.#waiting = this.#waiting.filter(({ offer: waiting }) => waiting.id !== id);
  }

  take(count: number): void {
    for (let index = 0; index < count; index += 1) {
      const next = this.#waiting.toSorted((one, other) => one.turn - other.turn)[0];
      if (next === undefined) return;
      const best = this.#waiting
        .filter(({ offer: waiting }) => waiting.execution === next.offer.execution)
        .toSorted((one, other) => other.offer.priority - one.offer.priority || one.came - other.came)[0];
      if (best === undefined) return;
      next.turn = best.turn;
      this.withdraw(best.offer.id);
      this.taken.push(best.offer.id);
    }
  }
}

function offer(id: string, about: Partial<Offer> = {}): Offer {
  const [execution = '', step = '', attempt = ''] = id.split('/');
  return { id, execution, step, attempt: Number(attempt), role: 'analyst', priority: 0, ...about };
}
