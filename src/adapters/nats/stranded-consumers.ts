import type { NatsLink } from './connection.ts';

/**
 * A server that lost the end of the offer stream (its power, or room on its disk) and not the state of a consumer has a consumer
 * that waits for sequences that the stream has yet to come to: measured with 2.9.10, it hands over nothing before that, whatever
 * is offered. Such consumers are removed; the hosts that ask them make them again, from the stream's beginning.
 */
export class StrandedConsumers {
  readonly #link: NatsLink;
  readonly #lookedAt = new Map<string, number>();

  constructor(link: NatsLink) {
    this.#link = link;
  }

  /** Of these roles; one that was looked at less than five seconds ago is left out. Never rejects. */
  async remove(roles: Iterable<string>): Promise<void> {
    const now = this.#link.clock.monotonic();
    const due = [...new Set(roles)].filter(
      (role) => now - (this.#lookedAt.get(role) ?? Number.NEGATIVE_INFINITY) >= PAUSE_MS,
    );
    for (const role of due) this.#lookedAt.set(role, now);
    await Promise.all(due.map((role) => this.#removeIfStranded(role)));
  }

  async #removeIfStranded(role: string): Promise<void> {
    const { jsm, subjects, logger } = this.#link;
    const name = subjects.offerConsumer(role);
    try {
      const { delivered } = await jsm.consumers.info(subjects.offerStream, name);
      // Asked for after what was delivered, or offers made in between would count.
      const { state } = await jsm.streams.info(subjects.offerStream);
      if (delivered.stream_seq <= state.last_seq) return;
      logger.warn(
        { role, delivered: delivered.stream_seq, last: state.last_seq },
        'the consumer of a role is ahead of the offers, which the server has lost; making it again',
      );
      await jsm.consumers.delete(subjects.offerStream, name);
    } catch (error) {
      // Nobody asks for offers of the role, or the server is away: looked at again with the next offers that wait.
      logger.debug({ role, error: String(error) }, 'the consumer of a role could not be looked at');
    }
  }
}

const PAUSE_MS = 5_000;
