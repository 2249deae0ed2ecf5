import type { SharedWorkQueue } from '../../ports/partition-space.ts';
import type { Consumption, Offer, OfferConsumer } from '../../ports/work-queue.ts';
import type { NatsLink } from './connection.ts';
import { OfferListings } from './offer-listings.ts';
import { RolePull } from './pull.ts';
import { StrandedConsumers } from './stranded-consumers.ts';
import { partitionOf } from './subjects.ts';
import { tell, traced } from './wire.ts';

/**
 * Offers in a work-queue stream, one subject each, so that an offer made twice is there once.
 *
 * Neither making nor withdrawing is waited for: what is lost is found with {@link missing}, and what is there without being
 * owed is refused when it is claimed.
 */
export class NatsWorkQueue implements SharedWorkQueue {
  readonly #link: NatsLink;
  readonly #partitions: number;
  /** Role by offer id, of the offers made here last. */
  readonly #roles = new Map<string, string>();
  /** Subjects that are to be emptied. */
  readonly #withdrawn = new Set<string>();
  readonly #listings: OfferListings;
  readonly #stranded: StrandedConsumers;
  #withdrawing = 0;

  constructor(link: NatsLink, partitions: number) {
    this.#link = link;
    this.#partitions = partitions;
    this.#listings = new OfferListings(link);
    this.#stranded = new StrandedConsumers(link);
  }

  offer(offer: Offer): void {
    const { execution, step, attempt, role, priority, pinned, traceparent } = offer;
    const partition = partitionOf(execution, this.#partitions);
    const subject = this.#subjectOf(offer);
    this.#withdrawn.delete(subject);
    this.#remember(offer);
    const content = { execution, step, attempt, role, partition, priority, pinned, traceparent };
    tell(this.#link, subject, JSON.stringify(content), traced(traceparent));
  }

  withdraw(offerId: string): void {
    const [execution, step, attempt] = offerId.split('/');
    if (execution === undefined || step === undefined || attempt === undefined) return;
    const role = this.#roles.get(offerId);
    this.#roles.delete(offerId);
    // Made by an owner before this one, or forgotten: the role stays open, which the server has to search for.
    const { subjects } = this.#link;
    const subject =
      role === undefined
        ? `${subjects.root}.offer.*.${execution}.${step}.${attempt}`
        : subjects.offer(role, execution, step, Number(attempt));
    this.#withdrawn.add(subject);
    this.#empty();
  }

  consume(consumer: OfferConsumer): Consumption {
    return new RolePull(this.#link, consumer);
  }

  /**
   * Which of these offers are not in the stream. An offer leaves the stream when a host takes it, before its claim is in the
   * log: only what stays missing is lost. One that was made less than two seconds ago may be named although it is there.
   * Where offers are there and nobody takes them, it is seen to that their hosts can.
   *
   * @throws what the request to the server fails with
   */
  async missing(offers: readonly Offer[]): Promise<readonly Offer[]> {
    const filters = this.#filtersFor(offers);
    const listings = await Promise.all(filters.map((filter) => this.#listings.of(filter)));
    const isThere = (offer: Offer): boolean => {
      const subject = this.#subjectOf(offer);
      return listings.some((listing) => listing.has(subject));
    };
    const { missing = [], waiting = [] } = Object.groupBy(offers, (offer) =>
      isThere(offer) ? 'waiting' : 'missing',
    );
    await this.#stranded.remove(waiting.map(({ role }) => role));
    return missing;
  }

  /** As few requests as do, and none that brings back much more than was asked for. */
  #filtersFor(offers: readonly Offer[]): string[] {
    const { subjects } = this.#link;
    const executions = new Set(offers.map(({ execution }) => execution));
    if (executions.size <= FEW) {
      return Array.from(executions, (execution) => `${subjects.root}.offer.*.${execution}.*.*`);
    }
    const roles = new Set(offers.map(({ role }) => role));
    return roles.size <= FEW ? Array.from(roles, (role) => subjects.offersOf(role)) : [subjects.offers];
  }

  #subjectOf({ role, execution, step, attempt }: Offer): string {
    return this.#link.subjects.offer(role, execution, step, attempt);
  }

  #remember({ id, role }: Offer): void {
    this.#roles.delete(id);
    this.#roles.set(id, role);
    if (this.#roles.size <= REMEMBERED) return;
    const [oldest] = this.#roles.keys();
    if (oldest !== undefined) this.#roles.delete(oldest);
  }

  #empty(): void {
    while (this.#withdrawing < WITHDRAWN_AT_ONCE) {
      const [subject] = this.#withdrawn;
      if (subject === undefined) return;
      this.#withdrawn.delete(subject);
      this.#withdrawing += 1;
      void this.#purge(subject);
    }
  }

  async #purge(subject: string): Promise<void> {
    const { jsm, subjects, logger } = this.#link;
    try {
      await jsm.streams.purge(subjects.offerStream, { filter: subject });
    } catch (error) {
      // Whoever takes it is refused.
      logger.debug({ subject, error: String(error) }, 'an offer could not be withdrawn');
    }
    this.#withdrawing -= 1;
    this.#empty();
  }
}

/** Up to so many executions, or roles, are looked up one by one. */
const FEW = 4;

const REMEMBERED = 20_000;
const WITHDRAWN_AT_ONCE = 16;
