import { type Command, Option } from 'commander';
import { loadFold } from '../../engine/load.ts';
import { previewRollback, type RollbackPreview } from '../../engine/rollback-report.ts';
import { executionUnknown, usageInvalid } from '../../errors.ts';
import { assertPossible, type Control } from '../../library/controls.ts';
import { type CliContext, printJson } from '../context.ts';
import { askAndFollow } from '../drive/ask-and-follow.ts';
import { examples, jsonOption, type StateOptions, withStateOptions } from '../options.ts';
import { openExecution } from '../state/state.ts';
import { oneLine } from '../terminal/text-width.ts';
import { nameOf } from '../who.ts';
import { counted } from '../words.ts';

interface RollbackOptions extends StateOptions {
  readonly to?: string;
  readonly step?: string;
  readonly all?: boolean;
  readonly then?: 'stop' | 'continue';
  readonly reason?: string;
  readonly as?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('rollback')
    .argument('<execution>', 'its id, see troupe list')
    .description('undo what an execution did: its compensations run, the newest work first')
    .addOption(new Option('--to <checkpoint>', 'only what came after it').conflicts(['step', 'all']))
    .addOption(new Option('--step <step>', 'only the runs of this step').conflicts(['to', 'all']))
    .addOption(new Option('--all', 'everything (default)'))
    .addOption(
      new Option('--then <what>', 'afterwards; default: as the task says, else stop').choices([
        'stop',
        'continue',
      ]),
    )
    .option('--reason <text>', 'why, for whoever looks at it')
    .option('--as <name>', 'who asks (default: your user name)')
    .option('--dry-run', 'only show what would be undone, in order')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        ['troupe rollback nightly --dry-run', 'what would be undone, in order'],
        ['troupe rollback nightly --to booked --then continue', 'go back to a checkpoint and on from there'],
        ['troupe rollback nightly --step pay --reason "paid twice"', 'undo one step'],
      ),
    )
    .action((execution: string, options: RollbackOptions) => rollBack(context, execution, options));
  withStateOptions(command);
}

async function rollBack(context: CliContext, execution: string, options: RollbackOptions): Promise<void> {
  const control = controlOf(context, options);
  if (options.dryRun === true) return preview(context, execution, control, options);
  await askAndFollow(context, execution, options, control, `Rolling back ${execution}.`);
}

type RollbackControl = Extract<Control, { kind: 'rollback' }>;

function controlOf(
  context: CliContext,
  { to, step, then: afterwards, reason, as }: RollbackOptions,
): RollbackControl {
  if (step !== undefined && afterwards === 'continue') {
    const hint = 'Undo up to a checkpoint to go on from there: --to CHECKPOINT --then continue.';
    throw usageInvalid('After one step alone is undone there is nothing to continue from.', hint);
  }
  return { kind: 'rollback', to, step, afterwards, reason, by: nameOf(context, as) };
}

/** Nothing is written, so it may be asked of any execution at any time that a rollback could. */
async function preview(
  context: CliContext,
  execution: string,
  control: RollbackControl,
  options: RollbackOptions,
): Promise<void> {
  await using data = await openExecution(context, execution, options);
  const fold = await loadFold(execution, data.sources);
  if (fold === undefined) throw executionUnknown(execution);
  assertPossible(fold, control);
  const plan = previewRollback(fold, control);
  if (options.json === true) printJson(context, plan);
  else for (const line of previewLines(plan)) context.stdout.line(line);
}

function previewLines({ plan, left, draining, afterwards, to }: RollbackPreview): readonly string[] {
  const width = Math.max(0, ...plan.map(({ step }) => step.length));
  const goal = to === null ? '' : ` to get back to ${oneLine(to)}`;
  return [
    ...(draining.length === 0 ? [] : [`First these have to end: ${draining.join(', ')}.`]),
    plan.length === 0
      ? `Nothing has to be undone${goal}.`
      : `${counted(plan.length, 'step')} would be undone${goal}, in this order:`,
    ...plan.map(({ step, compensation, agent, uncertain }, at) => {
      const doubt = uncertain ? '   (uncertain: it may never have happened)' : '';
      return `  ${String(at + 1).padStart(String(plan.length).length)}. ${step.padEnd(width)}  by ${agent ?? '?'} (${compensation})${doubt}`;
    }),
    ...left.map(({ step, effect }) => `  ${step} stays: it is ${effect}, and nothing undoes it.`),
    afterwards === 'continue'
      ? 'Then the execution would go on from there.'
      : 'Then the execution would end as rolled back.',
  ];
}
