import type { NatsLink } from './connection.ts';

/**
 * Which subjects are in the offer stream. Everybody who asks in the meantime shares one listing, and one that was dear to get is
 * used for longer: with a hundred thousand offers waiting, each listing has megabytes, and each partition asks.
 */
export class OfferListings {
  readonly #link: NatsLink;
  readonly #kept = new Map<string, Promise<ReadonlySet<string>>>();

  constructor(link: NatsLink) {
    this.#link = link;
  }

  /** At most two seconds old. */
  of(filter: string): Promise<ReadonlySet<string>> {
    const kept = this.#kept.get(filter);
    if (kept !== undefined) return kept;
    const listing = this.#fetch(filter);
    this.#kept.set(filter, listing);
    return listing;
  }

  async #fetch(filter: string): Promise<ReadonlySet<string>> {
    const { clock, jsm, subjects } = this.#link;
    const startedAt = clock.monotonic();
    let keptMs = 0;
    try {
      const { state } = await jsm.streams.info(subjects.offerStream, { subjects_filter: filter });
      const listing = new Set(Object.keys(state.subjects ?? {}));
      const tookMs = clock.monotonic() - startedAt;
      keptMs = Math.min(tookMs * KEPT_PER_COST, OLDEST_MS - tookMs);
      return listing;
    } finally {
      if (keptMs > WORTH_KEEPING_MS) clock.schedule(keptMs, () => this.#kept.delete(filter));
      else this.#kept.delete(filter);
    }
  }
}

/** So that listings take a tenth of the time at most. */
const KEPT_PER_COST = 10;
const OLDEST_MS = 2_000;
const WORTH_KEEPING_MS = 50;
