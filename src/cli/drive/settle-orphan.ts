import { Engine } from '../../engine/engine.ts';
import type { Fold } from '../../engine/fold.ts';
import { notifierOf } from '../config/notifier.ts';
import { type CliContext, loggerOf } from '../context.ts';
import type { ExecutionState } from '../state/state.ts';
import { silentView } from '../views/silent-view.ts';
import { attend } from './attend.ts';
import { NOBODY } from './nobody.ts';

/**
 * Brings an execution that no living process drives to the state that was just asked of it: what is left of its agents is
 * killed, their claims are given up, and it is let go of again. No agent begins here. Throws NOT_THE_OWNER when somebody took
 * it meanwhile; then that process does the same.
 */
export async function settleOrphan(
  context: CliContext,
  { store, sources }: ExecutionState,
  execution: string,
  isSettled: (fold: Fold) => boolean,
): Promise<Fold> {
  const { clock, random } = context;
  const logger = loggerOf(context);
  // What people were to be told is told here as well: an engine that tells nobody would take it for done.
  const notifier = notifierOf({ ...context, logger });
  const engine = new Engine({ store, queue: NOBODY, clock, random, logger, notifier });
  await engine.start();
  try {
    await engine.adopt(execution);
    const view = silentView(context);
    await using attendance = await attend(context, { execution, store, sources, view, isDriven: () => true });
    const fold = await attendance.until(isSettled);
    if (fold.hasEnded) await engine.ended(execution);
    return fold;
  } finally {
    await engine.stop();
  }
}
