import type { VirtualClock } from '../../adapters/memory/virtual-clock.ts';
import { natsNotAnswered } from '../../errors.ts';
import { choice } from '../chance.ts';
import type { FaultPlan } from './faults.ts';
import type { SimulatedProcess } from './process.ts';
import type { Trace } from './trace.ts';

export interface NetworkOptions {
  readonly clock: VirtualClock;
  readonly faults: FaultPlan;
  readonly trace: Trace;
  readonly seed: number;
}

type Direction = 'in' | 'out';

/** Of one message, in ms; the seed says how long each takes. */
const LEAST_MS = 1;
const VARIATION_MS = 3;
const LONGEST_DELAY_MS = 6_000;
const ASKED_AGAIN_MS = 2_000;

/**
 * The connections between processes and the server. A connection keeps its order, as TCP does; what it loses, it loses when it
 * breaks or as a `drop`. Nothing is sent from process to process.
 */
export class Network {
  readonly #options: NetworkOptions;
  readonly #counts = new Map<string, number>();
  /** When the last message of a connection arrives, by process and direction. */
  readonly #lastAt = new Map<string, number>();
  /** Since when nothing gets through, by node and direction, on the monotonic clock. */
  readonly #cut = new Map<string, number>();
  #serverDownAt: number | undefined;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  /** A message from a process to the server. */
  toServer(process: SimulatedProcess, what: string, arrive: () => void): void {
    this.#send(process, 'out', `${process.node}>server ${what}`, arrive);
  }

  /** A message from the server to a process. */
  toProcess(process: SimulatedProcess, what: string, arrive: () => void): void {
    this.#send(process, 'in', `server>${process.node} ${what}`, () => process.run(arrive));
  }

  /**
   * What the server tells a consumer, which notices when something is missing and asks again: it arrives once, however late, unless
   * the process ends.
   */
  toConsumer(process: SimulatedProcess, what: string, arrive: () => void): void {
    let hasArrived = false;
    const once = (): void => {
      if (!hasArrived) arrive();
      hasArrived = true;
    };
    const again = (): void => {
      this.#options.clock.schedule(ASKED_AGAIN_MS, () => {
        if (!hasArrived) this.toConsumer(process, what, once);
      });
    };
    this.#send(process, 'in', `server>${process.node} ${what}`, () => process.run(once), again);
  }

  /**
   * What a process asks of the server: the question goes, is answered there, and the answer comes back.
   * @param tries each is asked again when nothing came within `timeoutMs`
   * @throws NATS_NOT_ANSWERED
   */
  ask<T>(
    process: SimulatedProcess,
    what: string,
    answer: () => T,
    { timeoutMs = 3_000, tries = 3 }: { readonly timeoutMs?: number; readonly tries?: number } = {},
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const attempt = (left: number): void => {
        if (process.isDead) return;
        this.toServer(process, what, () => {
          let settle: () => void;
          try {
            const value = answer();
            settle = () => resolve(value);
          } catch (error) {
            settle = () => reject(error);
          }
          this.toProcess(process, `${what} answered`, () => {
            isOver = true;
            settle();
          });
        });
        process.clock.schedule(timeoutMs, () => {
          if (isOver) return;
          if (left > 1) return attempt(left - 1);
          isOver = true;
          reject(natsNotAnswered(what, 'the server did not answer'));
        });
      };
      attempt(tries);
    });
  }

  /** Something that takes the server time. */
  later(ms: number, act: () => void): void {
    this.#options.clock.schedule(ms, act);
  }

  /** A number for an occasion: the how-manieth of its kind. */
  count(place: string): string {
    const count = (this.#counts.get(place) ?? 0) + 1;
    this.#counts.set(place, count);
    return `${place} #${count}`;
  }

  cut(node: string, direction: Direction): void {
    this.#cut.set(`${node} ${direction}`, this.#options.clock.monotonic());
  }

  heal(node: string, direction: Direction): void {
    this.#cut.delete(`${node} ${direction}`);
  }

  serverDown(): void {
    this.#serverDownAt ??= this.#options.clock.monotonic();
  }

  serverUp(): void {
    this.#serverDownAt = undefined;
  }

  get isServerUp(): boolean {
    return this.#serverDownAt === undefined;
  }

  /** Whether messages of this direction get through now. */
  isOpen(node: string, direction: Direction): boolean {
    return this.#serverDownAt === undefined && !this.#cut.has(`${node} ${direction}`);
  }

  /** For how long the node has heard nothing of the server, in ms. */
  silenceOf(node: string): number {
    const since = [this.#cut.get(`${node} in`), this.#serverDownAt].filter((at) => at !== undefined);
    return since.length === 0 ? 0 : this.#options.clock.monotonic() - Math.min(...since);
  }

  #send(
    process: SimulatedProcess,
    direction: Direction,
    about: string,
    arrive: () => void,
    lost: () => void = () => undefined,
  ): void {
    if (process.isDead) return;
    const { clock, faults, trace, seed } = this.#options;
    const place = this.count(about);
    const isOpen = this.isOpen(process.node, direction);
    if (!isOpen || faults.strikes('drop', place)) {
      trace.note(`${isOpen ? 'dropped' : 'cut off'}: ${place}`);
      lost();
      return;
    }
    const line = `${process.id} ${direction}`;
    const soonest = clock.monotonic() + LEAST_MS + choice(seed, place, VARIATION_MS);
    const held = (): number => soonest + choice(seed, `held ${place}`, LONGEST_DELAY_MS);
    let at = soonest;
    if (faults.strikes('overtake', place)) {
      trace.note(`overtaken: ${place}`);
      at = held();
    } else {
      if (faults.strikes('delay', place)) {
        trace.note(`delayed: ${place}`);
        at = held();
      }
      at = Math.max(at, this.#lastAt.get(line) ?? 0);
      this.#lastAt.set(line, at);
    }
    const deliver = (): void => {
      // It may have broken, or the process died, while the message was on its way.
      if (process.isDead) return;
      if (this.isOpen(process.node, direction)) {
        arrive();
        return;
      }
      trace.note(`lost on its way: ${place}`);
      lost();
    };
    clock.schedule(at - clock.monotonic(), deliver);
    if (faults.strikes('duplicate', place)) {
      trace.note(`duplicated: ${place}`);
      clock.schedule(held() - clock.monotonic(), deliver);
    }
  }
}
