import type { Embedded } from '../../library/embedded.ts';
import { type CliContext, hasPassed } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

/** Nobody has to wait for what does not end by itself: work is given back, its processes are killed, then this one ends. */
export async function endAtOnce(
  context: CliContext,
  embedded: Embedded,
  executions: readonly string[],
): Promise<void> {
  // First, so that the death of a program counts as given back and not as the failure of its attempt.
  const closed = embedded.close();
  await new Promise((resolve) => setImmediate(resolve));
  await Promise.allSettled(
    executions.map((execution) => embedded.store.processGroups.killLeftovers(execution)),
  );
  await endAfter(context, closed);
}

/**
 * Ends the process once the work is settled, or half a second has passed. Claims that are not given back by then are void once
 * somebody adopts the execution.
 */
export async function endAfter(context: CliContext, work: Promise<unknown>): Promise<void> {
  await Promise.race([work.catch(() => undefined), hasPassed(context, AT_ONCE_MS)]);
  context.endAtOnce(EXIT.interrupted);
}

const AT_ONCE_MS = 500;
