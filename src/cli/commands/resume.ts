import type { Command } from 'commander';
import type { Engine } from '../../engine/engine.ts';
import { executionUnknown } from '../../errors.ts';
import { type CliContext, openDataOf } from '../context.ts';
import { runInForeground } from '../drive/foreground.ts';
import { dataOption, examples, jsonOption } from '../options.ts';
import type { RunView } from '../views/run-view.ts';

interface ResumeOptions {
  readonly data?: string;
  readonly json?: boolean;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('resume')
    .argument('<execution>', 'its id, see troupe list')
    .description('go on with a paused or interrupted execution')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        ['troupe resume nightly', 'go on where it stopped, and show it'],
        ['troupe resume nightly --json', 'the same for a program'],
      ),
    )
    .action((execution: string, options: ResumeOptions) => resume(context, execution, options));
}

/** What accepted steps have done is kept: only what was at work, or not begun, is done. */
async function resume(context: CliContext, execution: string, options: ResumeOptions): Promise<void> {
  // Looked at first: opening an engine makes the folder, and an unknown id should leave nothing behind.
  await (await openDataOf(context, execution, options)).close();
  await runInForeground(context, execution, options, (engine, view) => take(engine, execution, view));
}

async function take(engine: Engine, execution: string, view: RunView): Promise<void> {
  const before = await engine.state(execution);
  if (before === undefined) throw executionUnknown(execution);
  if (before.status === 'pausing' || before.status === 'paused') {
    await engine.control(execution, 'resume.requested', {});
    view.say(`Asked the execution ${execution} to go on.`);
  } else if (before.hasEnded) {
    view.say(`The execution ${execution} has ended already; nothing is done again.`);
    return;
  }
  await engine.adopt(execution);
}
