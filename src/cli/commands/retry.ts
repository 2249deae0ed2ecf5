import type { Command } from 'commander';
import { executionUnknown } from '../../errors.ts';
import { assertPossible, sendControl } from '../../library/controls.ts';
import type { CliContext } from '../context.ts';
import { runElsewhere } from '../drive/elsewhere.ts';
import { runInForeground } from '../drive/foreground.ts';
import { natsOf } from '../nats/target.ts';
import { examples, jsonOption, type StateOptions, withStateOptions } from '../options.ts';
import { openExecution } from '../state/state.ts';

interface RetryOptions extends StateOptions {
  readonly json?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('retry')
    .argument('<execution>', 'its id, see troupe list')
    .description('try again what failed in an execution; what succeeded is kept')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(['troupe retry nightly', 'run its failed steps again, and what follows them']),
    )
    .action((execution: string, options: RetryOptions) => retry(context, execution, options));
  withStateOptions(command);
}

/** Only a failed or timed out execution: the request is refused before anything is written otherwise. */
async function retry(context: CliContext, execution: string, options: RetryOptions): Promise<void> {
  if (natsOf(context, options) !== undefined) {
    await runElsewhere(context, execution, options, 'control', async (state, view) => {
      const { store, sources } = state.of(execution);
      const { random } = context;
      await sendControl(execution, { kind: 'retry' }, { sources, log: store.log, random });
      view.say(trying(execution));
    });
    return;
  }
  await (await openExecution(context, execution, options)).close();
  await runInForeground(context, execution, options, async (engine, view) => {
    const fold = await engine.state(execution);
    if (fold === undefined) throw executionUnknown(execution);
    assertPossible(fold, { kind: 'retry' });
    await engine.control(execution, 'retry.requested', {});
    view.say(trying(execution));
    await engine.adopt(execution);
  });
}

function trying(execution: string): string {
  return `Trying again what failed in ${execution}.`;
}
