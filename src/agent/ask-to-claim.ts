import type { ClaimAnswer, ClaimDesk, ClaimRequest } from '../ports/claim-desk.ts';
import type { Clock } from '../ports/clock.ts';
import type { AgentLogger } from './logger.ts';

/** After that the attempt is let go; its owner offers it again. */
const TRIES = 3;

const FIRST_WAIT_MS = 100;

/**
 * Claims an attempt; the first question is asked in this turn. When the answer is lost the same question is asked again: the same
 * claim id gets the same answer.
 */
export async function askToClaim(
  claim: ClaimRequest,
  desk: ClaimDesk,
  { clock, logger }: { clock: Clock; logger: AgentLogger },
): Promise<ClaimAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await desk.claim(claim);
    } catch (error) {
      logger.warn({ ...claim, error: String(error) }, 'a claim was not answered');
      if (attempt === TRIES) return { kind: 'refused', reason: 'not answered' };
      await new Promise<void>((resolve) => void clock.schedule(FIRST_WAIT_MS * attempt, resolve));
    }
  }
}
