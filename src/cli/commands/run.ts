import { type Command, Option } from 'commander';
import type { StartRequest } from '../../engine/engine-options.ts';
import { inputInvalid, notYet, usageInvalid } from '../../errors.ts';
import type { PreparedTask } from '../../library/prepare-task.ts';
import { submitExecution } from '../../library/submit.ts';
import { ID_PATTERN } from '../../task/definition.ts';
import { checkInput } from '../../task/requirements.ts';
import { activeTraceparent } from '../../telemetry/load.ts';
import { settingsOf } from '../config/load.ts';
import { agentDirsOf, type CliContext, openEmbedded, printJson } from '../context.ts';
import { runElsewhere } from '../drive/elsewhere.ts';
import { runInForeground } from '../drive/foreground.ts';
import { howTo } from '../drive/how-to.ts';
import { locateFields } from '../drive/locate-fields.ts';
import { readInput } from '../drive/read-input.ts';
import { recordStart } from '../drive/record-start.ts';
import { natsOf } from '../nats/target.ts';
import { agentsOption, examples, jsonOption, type StateOptions, withStateOptions } from '../options.ts';
import { type ServeOptions, withServeOptions } from '../serve/options.ts';
import { type ExecutionState, openExecution } from '../state/state.ts';
import { type InspectOptions, withInspectOptions } from '../stately/options.ts';

interface RunOptions extends StateOptions, ServeOptions, InspectOptions {
  readonly input?: readonly string[];
  readonly inputFile?: string;
  readonly json?: boolean;
  readonly id?: string;
  readonly agents?: readonly string[];
  readonly dryRun?: boolean;
  readonly wait: boolean;
  readonly list?: boolean;
  readonly validateOnly?: boolean;
  readonly task?: string;
  readonly batchGroup?: string;
  readonly ui?: boolean;
}

const ABOUT_SERVERS = `

With --nats nothing runs here: \`troupe up\` drives the execution and \`troupe agent\` runs its agents, and run only watches.
--agents then only says which agents there are.`;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('run')
    .argument('[file]', 'a task file, or the name of a task in tasks/')
    .description('run a task and show it live')
    .option('-i, --input <field=value>', 'a field of the input; may be repeated', collect)
    .option('--input-file <file>', 'JSON or YAML with the fields of the input; - reads standard input')
    .option('--id <id>', 'id of the execution; the same id and input again goes on with it')
    .addOption(agentsOption())
    .addOption(jsonOption())
    .option('--dry-run', 'check task, agents and input, show the plan, run nothing')
    .option('--no-wait', 'only record the start; `troupe up` or `troupe resume` runs it')
    .option('--ui', 'serve the inspector as long as it runs; says the link')
    .option('--list', 'list tasks, or what is in FILE (as `troupe tasks` and `troupe plan`)')
    .option('--validate-only', 'only check FILE (as `troupe validate`)')
    .addOption(new Option('--task <id>', 'one task of a dispatcher file'))
    .addOption(new Option('--batch-group <group>', 'one group of a dispatcher file'))
    .addHelpText(
      'after',
      examples(
        ['troupe run tasks/review.md -i file=src/a.ts', 'run a file, one field of input'],
        ['troupe run review --input-file input.json', 'run tasks/review.md by its name'],
        ['troupe run review -i file=a.ts --id nightly', 'again with the same id: goes on'],
        ['troupe run review -i file=a.ts --json | jq .outputs', 'for a program'],
        ['troupe run review -i file=a.ts --ui', 'and look at it in a browser'],
        ['troupe run review -i file=a.ts --nats nats://HOST', 'by the hosts of `troupe agent`'],
      ) + ABOUT_SERVERS,
    )
    .action((file: string | undefined, options: RunOptions) => run(program, context, file, options));
  withStateOptions(withServeOptions(withInspectOptions(command)));
}

async function run(
  program: Command,
  context: CliContext,
  file: string | undefined,
  options: RunOptions,
): Promise<void> {
  if (options.task !== undefined) throw notYet('--task', 'dispatcher files');
  if (options.batchGroup !== undefined) throw notYet('--batch-group', 'dispatcher files');
  if (options.ui === true && !options.wait) {
    throw usageInvalid(
      '--ui is for as long as it runs, --no-wait does not run it.',
      'Leave one of them out.',
    );
  }
  const other = otherCommand(file, options);
  if (other !== undefined) {
    await program.parseAsync(other, { from: 'user' });
    return;
  }
  if (file === undefined) throw usageInvalid('run needs a task.', 'troupe tasks lists those there are.');
  // Reading tasks takes parsers that no other command of this group needs.
  const { prepareTask } = await import('../../library/prepare-task.ts');
  const prepared = await prepareTask(file, {
    cwd: context.cwd,
    agentDirs: agentDirsOf(context, options),
    groups: settingsOf(context).groups,
  });
  const start = await startOf(context, prepared, options);
  if (options.dryRun === true) return dryRun(program, context, prepared.file ?? file, start, options);
  if (natsOf(context, options) !== undefined) return runOnNats(context, start, options);
  return options.wait ? runHere(context, start, options) : onlyStart(context, start, options);
}

/** `--list` and `--validate-only` are other commands by the words of the task dispatcher. */
function otherCommand(
  file: string | undefined,
  { list, validateOnly, agents = [], json }: RunOptions,
): readonly string[] | undefined {
  const words = file === undefined ? [] : [file];
  const flags = json === true ? ['--json'] : [];
  const dirs = agents.length === 0 ? [] : ['--agents', ...agents];
  if (validateOnly === true) return ['validate', ...words, ...flags, ...dirs];
  if (list === true) return file === undefined ? ['tasks', ...flags] : ['plan', file, ...flags, ...dirs];
  return undefined;
}

/** Everything that can be wrong with what was asked is found here, before anything is written. */
async function startOf(
  context: CliContext,
  prepared: PreparedTask,
  options: RunOptions,
): Promise<StartRequest> {
  const execution = options.id ?? context.random.id();
  if (!ID_PATTERN.test(execution)) {
    throw usageInvalid(
      `'${execution}' is not an id for an execution.`,
      'Use 1 to 64 letters, digits, "_" and "-".',
    );
  }
  const { definition, pinned } = prepared;
  const { input, problems } = checkInput(definition, await readInput(context, options));
  if (problems.length > 0) throw inputInvalid(definition.name, await locateFields(prepared.file, problems));
  return { execution, pinned, input, traceparent: context.env.TRACEPARENT ?? (await activeTraceparent()) };
}

async function dryRun(
  program: Command,
  context: CliContext,
  file: string,
  { input }: StartRequest,
  { json, agents = [] }: RunOptions,
): Promise<void> {
  const dirs = agents.length === 0 ? [] : ['--agents', ...agents];
  if (json !== true) {
    context.stdout.line(`Nothing is run. The input would be ${JSON.stringify(input)}; the plan:\n`);
  }
  await program.parseAsync(['plan', file, ...dirs, ...(json === true ? ['--json'] : [])], { from: 'user' });
}

async function runHere(context: CliContext, start: StartRequest, options: RunOptions): Promise<void> {
  await runInForeground(context, start.execution, options, async (engine, view) => {
    const { isNew } = await engine.begin(start);
    if (!isNew) view.say(`Going on with the execution ${start.execution}.`);
  });
}

async function onlyStart(context: CliContext, start: StartRequest, options: RunOptions): Promise<void> {
  const { execution } = start;
  await using embedded = await openEmbedded(context, { data: options.data });
  const { isNew } = await recordStart(context, embedded.store, start);
  if (options.json === true) {
    printJson(context, { execution, isNew, status: 'started' });
    return;
  }
  const command = howTo(context, options);
  context.stdout.line(isNew ? `Recorded the start of ${execution}.` : `${execution} is there already.`);
  context.stdout.line(
    `Nothing drives it yet unless a \`troupe up\` is running on this folder: start one, or type ${command('resume', execution)}.`,
  );
}

/** Orchestrators drive it: here it is only started and watched. */
async function runOnNats(context: CliContext, start: StartRequest, options: RunOptions): Promise<void> {
  if (options.inspect !== undefined)
    throw usageInvalid('--inspect shows what this process drives.', 'On a server, give it to `troupe up`.');
  const { random } = context;
  const submit = ({ store: { log, artifacts } }: ExecutionState) =>
    submitExecution(start, { log, artifacts, random });
  const { execution } = start;
  if (options.wait) {
    await runElsewhere(context, execution, options, 'submit', async (state, view) => {
      const { isNew } = await submit(state.of(execution));
      view.say(
        isNew
          ? `Started ${start.pinned.definition.name}, execution ${execution}.`
          : `The execution ${execution} is there already. Watching it.`,
      );
    });
    return;
  }
  await using there = await openExecution(context, execution, options, 'submit');
  const { isNew } = await submit(there);
  const owner = await there.store.ownership.ownerOf(execution);
  if (options.json === true) {
    printJson(context, { execution, isNew, status: 'started' });
    return;
  }
  const command = howTo(context, options);
  context.stdout.line(isNew ? `Recorded the start of ${execution}.` : `${execution} is there already.`);
  if (owner === undefined) context.stdout.line(`Nobody drives it yet: start \`${command('up')}\`.`);
  context.stdout.line(`${command('watch', execution)} follows it.`);
}

function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}
