/** One thing to tell whoever listens. */
export interface Message {
  readonly event: string;
  /** From where a listener that lost its connection goes on after this message; absent: it changes nothing. */
  readonly id?: string | undefined;
  readonly data: unknown;
}

/** Nothing to tell, only that the connection stands. */
export const HEARTBEAT: Message = { event: 'heartbeat', data: null };

/** After so long without a message a heartbeat is due, in ms. */
export const HEARTBEAT_MS = 15_000;

/**
 * Messages for one listener. They are asked for, never pushed: who reads slowly is told less often, and what waits for it meanwhile has
 * a bound.
 */
export interface Feed {
  /** Resolves when there is something to tell; undefined: no more. One call at a time. */
  next(): Promise<readonly Message[] | undefined>;
  /** Ends it; a `next` under way resolves with undefined. May be called twice. */
  close(): Promise<void>;
}

/** Lets one wait until another says that there is something to do. What is said while nobody waits is not lost. */
export class Signal {
  #isSet = false;
  #waiting: (() => void) | undefined;

  set(): void {
    this.#isSet = true;
    this.#waiting?.();
    this.#waiting = undefined;
  }

  async wait(): Promise<void> {
    if (!this.#isSet) await new Promise<void>((resolve) => (this.#waiting = resolve));
    this.#isSet = false;
  }
}
