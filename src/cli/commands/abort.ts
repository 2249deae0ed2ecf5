import type { Command } from 'commander';
import { type CliContext, printJson } from '../context.ts';
import { askAndFollow } from '../drive/ask-and-follow.ts';
import { outstandingInWords, ownerInWords, send, sentDocument } from '../drive/control.ts';
import { examples, jsonOption, type StateOptions, withStateOptions } from '../options.ts';
import { openExecution } from '../state/state.ts';
import { lookOf } from '../views/states.ts';
import { nameOf } from '../who.ts';

interface AbortOptions extends StateOptions {
  readonly reason?: string;
  readonly json?: boolean;
  readonly rollback?: boolean;
  readonly as?: string;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('abort')
    .argument('<execution>', 'its id, see troupe list')
    .description('end an execution for good; attempts at work are stopped')
    .option('--reason <text>', 'why, for whoever looks at it')
    .option('--rollback', 'undo what it did; it ends as rolled back')
    .option('--as <name>', 'who asks (default: your user name)')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        ['troupe abort nightly --reason "wrong input"', 'it cannot be resumed or retried'],
        ['troupe abort nightly --rollback', 'stop it and undo what it did; see troupe rollback'],
      ),
    )
    .action((execution: string, options: AbortOptions) => abort(context, execution, options));
  withStateOptions(command);
}

async function abort(context: CliContext, execution: string, options: AbortOptions): Promise<void> {
  const { reason } = options;
  if (options.rollback === true) {
    const control = { kind: 'abort', reason, rollback: true, by: nameOf(context, options.as) } as const;
    await askAndFollow(context, execution, options, control, `Rolling back ${execution}.`);
    return;
  }
  await using data = await openExecution(context, execution, options, 'control');
  const sent = await send(context, data, execution, { kind: 'abort', reason });
  const { applied, fold, owner } = sent;
  if (options.json === true) {
    printJson(context, sentDocument(execution, sent));
    return;
  }
  const { stdout } = context;
  if (!applied.accepted) {
    stdout.line(`The abort came too late: ${execution} is ${lookOf(fold.status).word}.`);
    return;
  }
  stdout.line(`${execution} is aborted.`);
  if (owner !== undefined && fold.claims().length > 0) {
    stdout.line(`${capitalised(ownerInWords(owner))} stops ${outstandingInWords(fold)}.`);
  }
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
