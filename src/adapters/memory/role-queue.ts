import type { Offer } from '../../ports/work-queue.ts';
import { Chain, type Link } from './chain.ts';

/**
 * The offers of one role. Executions are served in the order in which their offers came; which of its offers an execution sends
 * first is its own business: the highest priority, then the oldest.
 *
 * So every offer brings a *turn* for its execution, and an execution's turns and offers are as many. An offer taken out of its
 * order leaves its turn to the one whose turn it used.
 */
export class RoleQueue {
  readonly #turns = new Chain<Waiting>();
  readonly #byId = new Map<string, Waiting>();
  readonly #byExecution = new Map<string, ByPriority>();

  get size(): number {
    return this.#byId.size;
  }

  add(offer: Offer): void {
    let own = this.#byExecution.get(offer.execution);
    if (own === undefined) {
      own = new ByPriority();
      this.#byExecution.set(offer.execution, own);
    }
    const waiting = new Waiting(offer);
    waiting.turn = this.#turns.push(waiting);
    waiting.place = own.chainOf(offer.priority).push(waiting);
    this.#byId.set(offer.id, waiting);
  }

  /** The next offer, which leaves the queue. */
  take(): Offer | undefined {
    const next = this.#turns.first;
    if (next === undefined) return undefined;
    const best = this.#byExecution.get(next.offer.execution)?.best ?? next;
    if (best !== next) swapTurns(best, next);
    this.remove(best.offer.id);
    return best.offer;
  }

  remove(offerId: string): void {
    const waiting = this.#byId.get(offerId);
    if (waiting === undefined) return;
    const { execution, priority } = waiting.offer;
    this.#byId.delete(offerId);
    if (waiting.turn !== undefined) this.#turns.remove(waiting.turn);
    const own = this.#byExecution.get(execution);
    own?.remove(waiting, priority);
    if (own?.isEmpty === true) this.#byExecution.delete(execution);
  }
}

class Waiting {
  readonly offer: Offer;
  turn: Link<Waiting> | undefined;
  place: Link<Waiting> | undefined;

  constructor(offer: Offer) {
    this.offer = offer;
  }
}

function swapTurns(one: Waiting, other: Waiting): void {
  const turn = one.turn;
  one.turn = other.turn;
  other.turn = turn;
  if (one.turn !== undefined) one.turn.value = one;
  if (other.turn !== undefined) other.turn.value = other;
}

/** One execution's offers, oldest first within a priority. Executions use few priorities, mostly one. */
class ByPriority {
  readonly #chains: { readonly priority: number; readonly chain: Chain<Waiting> }[] = [];

  get isEmpty(): boolean {
    return this.#chains.length === 0;
  }

  get best(): Waiting | undefined {
    return this.#chains[0]?.chain.first;
  }

  chainOf(priority: number): Chain<Waiting> {
    const index = this.#chains.findIndex((other) => other.priority <= priority);
    const found = this.#chains[index];
    if (found?.priority === priority) return found.chain;
    const chain = new Chain<Waiting>();
    this.#chains.splice(index === -1 ? this.#chains.length : index, 0, { priority, chain });
    return chain;
  }

  remove({ place }: Waiting, priority: number): void {
    const index = this.#chains.findIndex((other) => other.priority === priority);
    const chain = this.#chains[index]?.chain;
    if (chain === undefined || place === undefined) return;
    chain.remove(place);
    if (chain.first === undefined) this.#chains.splice(index, 1);
  }
}
