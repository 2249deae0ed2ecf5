import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { askAndFollow } from '../drive/ask-and-follow.ts';
import { examples, jsonOption, type StateOptions, withStateOptions } from '../options.ts';

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
  const said = `Trying again what failed in ${execution}.`;
  await askAndFollow(context, execution, options, { kind: 'retry' }, said);
}
