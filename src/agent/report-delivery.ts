import type { AttemptReport } from '../ports/agent-request.ts';
import type { ClaimDesk } from '../ports/claim-desk.ts';
import type { Clock } from '../ports/clock.ts';
import type { AgentLogger } from './logger.ts';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;

/** Brings reports to the desk until each is through (I8). */
export class ReportDelivery {
  readonly #clock: Clock;
  readonly #desk: ClaimDesk;
  readonly #logger: AgentLogger;
  readonly #waiting = new Set<() => void>();
  #givenUp = false;

  constructor({ clock, desk, logger }: { clock: Clock; desk: ClaimDesk; logger: AgentLogger }) {
    this.#clock = clock;
    this.#desk = desk;
    this.#logger = logger;
  }

  /**
   * Resolves when the report is durable, or after {@link giveUp}. The first try is made in this turn; the same report is sent
   * again, so that the fold knows it.
   */
  async deliver(report: AttemptReport): Promise<void> {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      try {
        return await this.#desk.report(report);
      } catch (error) {
        const { execution, step, attempt } = report;
        this.#logger.warn({ execution, step, attempt, error: String(error) }, 'a report did not get through');
        if (this.#givenUp) return;
        await this.#wait(waitMs);
      }
    }
  }

  /** Tries what waits once more, and no further. */
  giveUp(): void {
    this.#givenUp = true;
    for (const wake of this.#waiting) wake();
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.schedule(ms, () => wake());
      const wake = () => {
        cancel();
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
    });
  }
}
