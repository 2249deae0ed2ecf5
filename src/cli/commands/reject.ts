import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { type DecideOptions, decide } from '../drive/decide.ts';
import { examples, jsonOption, withStateOptions } from '../options.ts';

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('reject')
    .argument('<execution>', 'its id, see troupe approvals')
    .argument('[step]', 'which of its questions; may be left out when there is one')
    .description('say no to what an execution asks; its task says what follows')
    .requiredOption('--comment <text>', 'why; goes into the log and the error')
    .option('--subject <digest>', 'only if this is what is asked about (default: what it is now)')
    .option('--as <name>', 'who you are (default: the setting user, else your login)')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(['troupe reject release-42 --comment "the tests are red"', 'its only question']),
    )
    .action((execution: string, step: string | undefined, options: DecideOptions) =>
      decide(context, 'reject', execution, step, options),
    );
  withStateOptions(command);
}
