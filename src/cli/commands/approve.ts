import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { type DecideOptions, decide } from '../drive/decide.ts';
import { examples, jsonOption, withStateOptions } from '../options.ts';

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('approve')
    .argument('<execution>', 'its id, see troupe approvals')
    .argument('[step]', 'which of its questions; may be left out when there is one')
    .description('say yes to what an execution asks, or let somebody else decide')
    .option('--comment <text>', 'goes into the log and to the steps that come after')
    .option('--delegate <name>', 'do not decide: let this person do so as well')
    .option('--subject <digest>', 'only if this is what is asked about (default: what it is now)')
    .option('--as <name>', 'who you are (default: the setting user, else your login)')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        ['troupe approve release-42', 'its only question'],
        ['troupe approve release-42 ship-it --comment "looks good"', 'one of several'],
        ['troupe approve release-42 --delegate carol', 'carol may decide too'],
      ),
    )
    .action((execution: string, step: string | undefined, options: DecideOptions) =>
      decide(context, options.delegate === undefined ? 'approve' : 'delegate', execution, step, options),
    );
  withStateOptions(command);
}
