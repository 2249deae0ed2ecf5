import type { Clock } from '../ports/clock.ts';
import type { AgentLogger } from './logger.ts';

/**
 * After that the attempt is let go. As long as a claim holds by default: one that was written before its owner died stands until
 * then, and the next owner answers it.
 */
const PATIENCE_MS = 30_000;

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 1_000;

/**
 * Asks whether a claim was granted; the first time in this turn. When the answer is lost the same question is asked again: the same
 * claim id gets the same answer.
 */
export async function askToClaim<Answer>(
  ask: () => Promise<Answer>,
  about: object,
  { clock, logger }: { clock: Clock; logger: AgentLogger },
  isGivenUp: () => boolean,
): Promise<Answer | { readonly kind: 'refused'; readonly reason: string }> {
  const begun = clock.monotonic();
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return await ask();
    } catch (error) {
      logger.debug({ ...about, error: String(error) }, 'a claim was not answered');
      if (isGivenUp() || clock.monotonic() - begun >= PATIENCE_MS) {
        logger.warn({ ...about, error: String(error) }, 'a claim was never answered');
        return { kind: 'refused', reason: 'not answered' };
      }
      await new Promise<void>((resolve) => void clock.schedule(waitMs, resolve));
    }
  }
}
