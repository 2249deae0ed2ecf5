import type { Clock } from '../ports/clock.ts';
import type { Offer, WorkQueue } from '../ports/work-queue.ts';
import type { Resident } from './resident.ts';

/** Offers that have been out for so long and not been claimed. Those that nobody owes any more are withdrawn. */
export function outstandingOffers(forMs: number, { residents, clock, queue }: Around): readonly Offer[] {
  const now = clock.monotonic();
  const found: Offer[] = [];
  for (const { fold, offered } of residents) {
    if (fold === undefined || offered.size === 0) continue;
    const owed = new Set(fold.owed().map(({ id }) => id));
    for (const [id, { offer, at }] of offered) {
      if (now - at < forMs) continue;
      if (owed.has(id)) {
        found.push(offer);
        continue;
      }
      // Given up meanwhile.
      offered.delete(id);
      queue.withdraw(id);
    }
  }
  return found;
}

interface Around {
  readonly residents: Iterable<Resident>;
  readonly clock: Clock;
  readonly queue: WorkQueue;
}
