import type { Command } from 'commander';
import type { Engine } from '../../engine/engine.ts';
import type { Fold } from '../../engine/fold.ts';
import { loadFold } from '../../engine/load.ts';
import { executionUnknown } from '../../errors.ts';
import { sendControl } from '../../library/controls.ts';
import type { CliContext } from '../context.ts';
import { runElsewhere } from '../drive/elsewhere.ts';
import { runInForeground } from '../drive/foreground.ts';
import { natsOf } from '../nats/target.ts';
import { examples, jsonOption, type StateOptions, withStateOptions } from '../options.ts';
import { type ExecutionState, openExecution } from '../state/state.ts';
import type { RunView } from '../views/run-view.ts';

interface ResumeOptions extends StateOptions {
  readonly json?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('resume')
    .argument('<execution>', 'its id, see troupe list')
    .description('go on with a paused or interrupted execution')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        ['troupe resume nightly', 'go on where it stopped, and show it'],
        ['troupe resume nightly --json', 'the same for a program'],
      ),
    )
    .action((execution: string, options: ResumeOptions) => resume(context, execution, options));
  withStateOptions(command);
}

/** What accepted steps have done is kept: only what was at work, or not begun, is done. */
async function resume(context: CliContext, execution: string, options: ResumeOptions): Promise<void> {
  if (natsOf(context, options) !== undefined) {
    await runElsewhere(context, execution, options, 'control', (state, view) =>
      askFor(context, state.of(execution), execution, view),
    );
    return;
  }
  // Looked at first: opening an engine makes the folder, and an unknown id should leave nothing behind.
  await (await openExecution(context, execution, options)).close();
  await runInForeground(context, execution, options, (engine, view) => take(engine, execution, view));
}

async function take(engine: Engine, execution: string, view: RunView): Promise<void> {
  const before = await engine.state(execution);
  if (before === undefined) throw executionUnknown(execution);
  if (isHeld(before)) {
    await engine.control(execution, 'resume.requested', {});
    view.say(asked(execution));
  } else if (before.hasEnded) {
    view.say(over(execution));
    return;
  }
  await engine.adopt(execution);
}

/** The same for an execution that orchestrators drive. */
async function askFor(
  { random }: CliContext,
  { store, sources }: ExecutionState,
  execution: string,
  view: RunView,
): Promise<void> {
  const before = await loadFold(execution, sources);
  if (before === undefined) throw executionUnknown(execution);
  if (isHeld(before)) {
    await sendControl(execution, { kind: 'resume' }, { sources, log: store.log, random });
    view.say(asked(execution));
  } else if (before.hasEnded) {
    view.say(over(execution));
  }
}

function isHeld({ status }: Fold): boolean {
  return status === 'pausing' || status === 'paused';
}

function asked(execution: string): string {
  return `Asked the execution ${execution} to go on.`;
}

function over(execution: string): string {
  return `The execution ${execution} has ended already; nothing is done again.`;
}
