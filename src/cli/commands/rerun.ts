import type { Command } from 'commander';
import type { StartRequest } from '../../engine/engine-options.ts';
import { loadFold } from '../../engine/load.ts';
import { executionUnknown, usageInvalid } from '../../errors.ts';
import { keptRuns, rerunOf } from '../../library/rerun.ts';
import { submitExecution } from '../../library/submit.ts';
import { ID_PATTERN } from '../../task/definition.ts';
import { type CliContext, openEmbedded, printJson } from '../context.ts';
import { runElsewhere } from '../drive/elsewhere.ts';
import { runInForeground } from '../drive/foreground.ts';
import { howTo } from '../drive/how-to.ts';
import { readInput } from '../drive/read-input.ts';
import { recordStart } from '../drive/record-start.ts';
import { natsOf } from '../nats/target.ts';
import { examples, jsonOption, type StateOptions, withStateOptions } from '../options.ts';
import { type ExecutionState, openExecution } from '../state/state.ts';
import { counted } from '../words.ts';

interface RerunOptions extends StateOptions {
  readonly from?: string;
  readonly input?: readonly string[];
  readonly inputFile?: string;
  readonly id?: string;
  readonly json?: boolean;
  readonly wait: boolean;
}

const ABOUT = `

The new execution has the same task and agents, as they were when the old one was started, and its input where no field is
given. What the step of --from could see is kept: results of the phases before its own and of the steps above it. They are not
asked for again, and rolling the new execution back does not undo them. docs/rerun.md says more.`;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('rerun')
    .argument('<execution>', 'the one to run again, see troupe list')
    .description('run an execution again, from a step on or with another input')
    .option('--from <step>', 'keep what comes before this step; without it all is done anew')
    .option(
      '-i, --input <field=value>',
      'a field of the input that is to be another; may be repeated',
      collect,
    )
    .option('--input-file <file>', 'JSON or YAML with such fields; - reads standard input')
    .option('--id <id>', 'id of the new execution')
    .addOption(jsonOption())
    .option('--no-wait', 'only record the start; `troupe up` or `troupe resume` runs it')
    .addHelpText(
      'after',
      examples(
        ['troupe rerun nightly --from review', 'again from a step on; what was before it is kept'],
        ['troupe rerun nightly --from review -i tone=harsh', 'the same with one field of input edited'],
        ['troupe rerun nightly --id nightly-2', 'all of it anew'],
      ) + ABOUT,
    )
    .action((execution: string, options: RerunOptions) => rerun(context, execution, options));
  withStateOptions(command);
}

async function rerun(context: CliContext, old: string, options: RerunOptions): Promise<void> {
  const start = await startOf(context, old, options);
  if (natsOf(context, options) !== undefined) return rerunOnNats(context, start, options);
  if (!options.wait) {
    await using embedded = await openEmbedded(context, { data: options.data });
    const { isNew } = await recordStart(context, embedded.store, start);
    tellStart(context, start, options, { isNew, next: howTo(context, options)('resume', start.execution) });
    return;
  }
  await runInForeground(context, start.execution, options, async (engine, view) => {
    const { isNew } = await engine.begin(start);
    view.say(isNew ? inWords(start) : `Going on with the execution ${start.execution}.`);
  });
}

/** Looked at first, so that what is wrong with the request leaves nothing behind. */
async function startOf(context: CliContext, old: string, options: RerunOptions): Promise<StartRequest> {
  const execution = options.id ?? context.random.id();
  if (!ID_PATTERN.test(execution)) {
    throw usageInvalid(
      `'${execution}' is not an id for an execution.`,
      'Use 1 to 64 letters, digits, "_" and "-".',
    );
  }
  if (execution === old) {
    throw usageInvalid(`${old} is the execution to run again.`, 'Give another --id, or none.');
  }
  const input = await readInput(context, options);
  await using there = await openExecution(context, old, options);
  const fold = await loadFold(old, there.sources);
  if (fold === undefined) throw executionUnknown(old);
  const { from } = options;
  return {
    ...rerunOf(fold, { from, input }, execution),
    traceparent: context.env.TRACEPARENT,
    isFresh: options.id === undefined,
  };
}

async function rerunOnNats(context: CliContext, start: StartRequest, options: RerunOptions): Promise<void> {
  const { execution } = start;
  const submit = ({ store: { log, artifacts } }: ExecutionState) =>
    submitExecution(start, { log, artifacts, random: context.random });
  if (options.wait) {
    await runElsewhere(context, execution, options, 'submit', async (state, view) => {
      const { isNew } = await submit(state.of(execution));
      view.say(isNew ? inWords(start) : `The execution ${execution} is there already. Watching it.`);
    });
    return;
  }
  await using there = await openExecution(context, execution, options, 'submit');
  const { isNew } = await submit(there);
  tellStart(context, start, options, { isNew, next: howTo(context, options)('watch', execution) });
}

function tellStart(
  context: CliContext,
  start: StartRequest,
  { json }: RerunOptions,
  { isNew, next }: { readonly isNew: boolean; readonly next: string },
): void {
  const { execution } = start;
  if (json === true) {
    const { kept: _, ...link } = start.rerunOf ?? {};
    printJson(context, { execution, isNew, status: 'started', rerunOf: link, kept: keptRuns(start) });
    return;
  }
  context.stdout.line(isNew ? inWords(start) : `${execution} is there already.`);
  context.stdout.line(`${next} follows it.`);
}

/** `Running nightly again as e7f3, from review: 6 results are kept.` */
function inWords(start: StartRequest): string {
  const { execution, rerunOf: link } = start;
  const kept = keptRuns(start).length;
  const where = link?.from === undefined ? '' : `, from ${link.from}: ${counted(kept, 'result')} kept`;
  return `Running ${link?.execution} again as ${execution}${where}.`;
}

function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}
