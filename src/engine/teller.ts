import type { Clock } from '../ports/clock.ts';
import type { LogRecord } from '../ports/event-log.ts';
import type { Fold } from './fold.ts';
import {
  approvalEvents,
  changesSince,
  type LifecycleEvent,
  standingOf,
  standsAs,
  stepEventOf,
} from './lifecycle.ts';
import type { Listeners } from './listeners.ts';
import type { OpenCommit } from './open-commit.ts';
import type { Resident } from './resident.ts';

/** Starts and ends that are not older than that are told again by who takes a partition over. */
const RETOLD_MS = 60_000;

/** Tells listeners what records changed, once they are durable. */
export class Teller {
  readonly #parts: TellerParts;
  /** Ends that were found while the log was read. */
  #untold: LifecycleEvent[] = [];

  constructor(parts: TellerParts) {
    this.#parts = parts;
  }

  /** What the record, the last that was folded, has changed. */
  observe(resident: Resident, fold: Fold, record: LogRecord): void {
    const { listeners } = this.#parts;
    if (!listeners.isEmpty) {
      const step = listeners.hearSteps ? stepEventOf(fold, record) : undefined;
      if (step !== undefined) this.#tellLater(step);
      for (const event of approvalEvents(fold, record)) this.#tellLater(event);
      for (const event of changesSince(resident.standing, fold, record)) this.#tellLater(event);
    }
    if (!standsAs(resident.standing, fold)) resident.standing = standingOf(fold);
  }

  /** A start that was read from the log. One that lies long back was told by the owner of that time, and would only confuse. */
  observeStart(resident: Resident, fold: Fold, record: LogRecord): void {
    if (this.#isLongAgo(record.at)) resident.standing = standingOf(fold);
    else this.observe(resident, fold, record);
  }

  /** What was read again may stand elsewhere than what was told: at the record that suspended it. */
  observeReading(resident: Resident, fold: Fold): void {
    const { execution, standing } = resident;
    resident.standing = standingOf(fold);
    if (standing === undefined || this.#parts.listeners.isEmpty) return;
    for (const event of changesSince(standing, fold, { execution, position: fold.world.position })) {
      this.#tellLater(event);
    }
  }

  /** An end that was found while the log was read: the owner before this one may have died before it told of it. */
  keepEnd(fold: Fold): void {
    const { execution, position, now } = fold.world;
    if (this.#isLongAgo(now)) return;
    const atWork = { ...standingOf(fold), status: 'running' };
    this.#untold.push(...changesSince(atWork, fold, { execution, position }));
  }

  /** The same, of an execution that was read when the log had been read already. */
  tellEnd(fold: Fold): void {
    this.keepEnd(fold);
    this.#parts.commit.after(() => this.tellEnds());
  }

  /** Tells the ends that were kept. */
  tellEnds(): void {
    for (const event of this.#untold.splice(0)) this.#parts.listeners.tell(event);
  }

  #isLongAgo(at: number): boolean {
    return at < this.#parts.clock.now() - RETOLD_MS;
  }

  #tellLater(event: LifecycleEvent): void {
    const { commit, listeners } = this.#parts;
    commit.after(() => listeners.tell(event));
  }
}

interface TellerParts {
  readonly listeners: Listeners;
  readonly commit: OpenCommit;
  readonly clock: Clock;
}
