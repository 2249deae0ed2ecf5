import { createInbox, type Msg, type PermissionViolationError } from '@nats-io/transport-node';
import { natsNotAnswered } from '../../errors.ts';
import type { NatsLink } from './connection.ts';
import { natsFailure } from './failures.ts';
import { type Hearing, hear, traced } from './wire.ts';

/** Requests whose answers come to one inbox and whose patience is measured by the link's clock. */
export class Requests {
  readonly #link: NatsLink;
  readonly #inbox: string;
  readonly #hearing: Hearing;
  readonly #waiting = new Map<string, Waiting>();
  readonly #forgetRefusals: () => void;
  #count = 0;

  constructor(link: NatsLink) {
    this.#link = link;
    this.#forgetRefusals = link.listen({ refused: (error) => this.#refuse(error) });
    this.#inbox = createInbox(link.inboxPrefix);
    this.#hearing = hear(link, `${this.#inbox}.*`, (message) => this.#answer(message));
  }

  /**
   * Sent in this turn.
   * @param about what is asked, for the error's text
   * @throws NATS_NOT_ANSWERED at once when nobody listens, and after `timeoutMs`; NATS_REFUSED
   */
  ask(subject: string, content: string, { about, timeoutMs, traceparent }: AskOptions): Promise<Msg> {
    this.#count += 1;
    const token = this.#count.toString(36);
    const { promise, resolve, reject } = Promise.withResolvers<Msg>();
    const cancelTimeout = this.#link.clock.schedule(timeoutMs, () => {
      this.#waiting.delete(token);
      reject(natsNotAnswered(about, `nothing came within ${timeoutMs} ms`));
    });
    this.#waiting.set(token, { subject, about, resolve, reject, cancelTimeout });
    try {
      this.#link.nc.publish(subject, content, { ...traced(traceparent), reply: `${this.#inbox}.${token}` });
    } catch (error) {
      this.#take(token)?.reject(natsNotAnswered(about, String(error), error));
    }
    return promise;
  }

  /** What still waits is rejected. */
  async stop(): Promise<void> {
    for (const token of [...this.#waiting.keys()]) {
      const waiting = this.#take(token);
      waiting?.reject(natsNotAnswered(waiting.about, 'the connection is being closed'));
    }
    this.#forgetRefusals();
    await this.#hearing.stop();
  }

  #answer(message: Msg): void {
    const waiting = this.#take(message.subject.slice(this.#inbox.length + 1));
    if (waiting === undefined) return;
    if (message.data.length === 0 && message.headers?.code === NO_RESPONDERS) {
      waiting.reject(natsNotAnswered(waiting.about, 'nobody is there to answer'));
    } else {
      waiting.resolve(message);
    }
  }

  #refuse(error: PermissionViolationError): void {
    for (const [token, { subject }] of [...this.#waiting]) {
      if (subject === error.subject) this.#take(token)?.reject(natsFailure(this.#link.shown, error));
    }
  }

  #take(token: string): Waiting | undefined {
    const waiting = this.#waiting.get(token);
    this.#waiting.delete(token);
    waiting?.cancelTimeout();
    return waiting;
  }
}

/** https://docs.nats.io/nats-concepts/core-nats/reqreply: the server answers so when a request has no listener. */
const NO_RESPONDERS = 503;

export interface AskOptions {
  readonly about: string;
  readonly timeoutMs: number;
  readonly traceparent?: string | undefined;
}

interface Waiting {
  readonly subject: string;
  readonly about: string;
  readonly resolve: (message: Msg) => void;
  readonly reject: (error: Error) => void;
  readonly cancelTimeout: () => void;
}
