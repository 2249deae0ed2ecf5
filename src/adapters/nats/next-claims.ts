import type { z } from 'zod';
import type { AttemptReport } from '../../ports/agent-request.ts';
import type { Clock } from '../../ports/clock.ts';
import type { nextAnswer } from './messages.ts';

type Answer = z.output<typeof nextAnswer>;

export interface NextClaimsOptions {
  readonly clock: Clock;
  /** How long the confirmation of a report is waited for before somebody is asked. */
  readonly patienceMs: number;
  /** Asks the owner. */
  readonly ask: (report: AttemptReport) => Promise<Answer>;
}

/**
 * What became of the claims that reports asked for. The confirmation of a report says it; when that stays away, the owner is asked,
 * for whatever was lost.
 */
export class NextClaims {
  readonly #options: NextClaimsOptions;
  /** By report. */
  readonly #awaited = new Map<string, PromiseWithResolvers<Answer>>();

  constructor(options: NextClaimsOptions) {
    this.#options = options;
  }

  /** Waits to be told the first time, and asks after that. */
  async of(report: AttemptReport): Promise<Answer> {
    const { reportId } = report;
    const awaited = this.#awaited.get(reportId);
    if (awaited !== undefined) return Promise.race([awaited.promise, this.#options.ask(report)]);
    const told = Promise.withResolvers<Answer>();
    this.#awaited.set(reportId, told);
    const isLate = Promise.withResolvers<undefined>();
    const cancel = this.#options.clock.schedule(this.#options.patienceMs, () => isLate.resolve(undefined));
    const answer = await Promise.race([told.promise, isLate.promise]);
    cancel();
    return answer ?? Promise.race([told.promise, this.#options.ask(report)]);
  }

  /** The reports were confirmed; without a grant, nothing was claimed for them. */
  told(reportIds: readonly string[], granted: Answer | undefined): void {
    for (const id of reportIds) this.#awaited.get(id)?.resolve(granted ?? NOTHING);
  }

  /** Nothing is to come any more. */
  forget(reportId: string): void {
    this.#awaited.delete(reportId);
  }
}

const NOTHING: Answer = { kind: 'refused', reason: 'Nothing was claimed with the report.' };
