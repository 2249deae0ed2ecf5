import { executionUnknown } from '../../errors.ts';
import { assertPossible, type Control, contentOf, sendControl } from '../../library/controls.ts';
import type { CliContext } from '../context.ts';
import { natsOf } from '../nats/target.ts';
import { openExecution } from '../state/state.ts';
import { runElsewhere } from './elsewhere.ts';
import { type ForegroundOptions, runInForeground } from './foreground.ts';

/**
 * Asks something of an execution that goes on by it, and stays with it until it is over: driven here where nobody else does. The
 * request is refused before anything is written where the execution has no use for it.
 */
export async function askAndFollow(
  context: CliContext,
  execution: string,
  options: ForegroundOptions,
  control: Control,
  said: string,
): Promise<void> {
  if (natsOf(context, options) !== undefined) {
    await runElsewhere(context, execution, options, 'control', async (state, view) => {
      const { store, sources } = state.of(execution);
      await sendControl(execution, control, { sources, log: store.log, random: context.random });
      view.say(said);
    });
    return;
  }
  // Looked at first: opening an engine makes the folder, and an unknown id should leave nothing behind.
  await (await openExecution(context, execution, options)).close();
  await runInForeground(context, execution, options, async (engine, view) => {
    const fold = await engine.state(execution);
    if (fold === undefined) throw executionUnknown(execution);
    assertPossible(fold, control);
    const { type, data } = contentOf(control);
    await engine.control(execution, type, data);
    view.say(said);
    await engine.adopt(execution);
  });
}
