import type { Command } from 'commander';
import { executionUnknown } from '../../errors.ts';
import { assertPossible } from '../../library/controls.ts';
import { type CliContext, openDataOf } from '../context.ts';
import { runInForeground } from '../drive/foreground.ts';
import { dataOption, examples, jsonOption } from '../options.ts';

interface RetryOptions {
  readonly data?: string;
  readonly json?: boolean;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('retry')
    .argument('<execution>', 'its id, see troupe list')
    .description('try again what failed in an execution; what succeeded is kept')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(['troupe retry nightly', 'run its failed steps again, and what follows them']),
    )
    .action((execution: string, options: RetryOptions) => retry(context, execution, options));
}

/** Only a failed or timed out execution: the request is refused before anything is written otherwise. */
async function retry(context: CliContext, execution: string, options: RetryOptions): Promise<void> {
  await (await openDataOf(context, execution, options)).close();
  await runInForeground(context, execution, options, async (engine, view) => {
    const fold = await engine.state(execution);
    if (fold === undefined) throw executionUnknown(execution);
    assertPossible(fold, { kind: 'retry' });
    await engine.control(execution, 'retry.requested', {});
    view.say(`Trying again what failed in ${execution}.`);
    await engine.adopt(execution);
  });
}
