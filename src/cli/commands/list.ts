import { type Command, InvalidArgumentError, Option } from 'commander';
import { isoTime } from '../../iso-time.ts';
import { parseDuration } from '../../task/duration.ts';
import { type CliContext, printJson } from '../context.ts';
import { howToGoOn } from '../drive/how-to.ts';
import { examples, jsonOption, type StateOptions, withStateOptions } from '../options.ts';
import { openState } from '../state/state.ts';
import { executionTable, type ListedExecution } from '../views/report-list.ts';
import { counted } from '../words.ts';

interface ListOptions extends StateOptions {
  readonly status?: readonly string[];
  readonly task?: string;
  readonly since?: number;
  readonly limit: number;
  readonly json?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('list')
    .alias('ls')
    .description('show executions, newest first')
    .addOption(
      new Option('-s, --status <status...>', 'only those that stand so').choices([
        'running',
        'pausing',
        'paused',
        'suspended',
        'rollingBack',
        'completed',
        'failed',
        'aborted',
        'timedOut',
        'rolledBack',
        'unreadable',
      ]),
    )
    .option('-t, --task <name>', 'only those of this task')
    .addOption(new Option('--since <duration>', 'only those started since, such as 2h').argParser(duration))
    .addOption(new Option('-n, --limit <count>', 'at most so many').default(20).argParser(wholeNumber))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        ['troupe list', 'the last 20 executions'],
        ['troupe list --status failed timedOut --since 24h', 'what went wrong today'],
        ['troupe list --json -n 1000', 'the same for a program'],
      ),
    )
    .action((options: ListOptions) => list(options, context));
  withStateOptions(command);
}

async function list(options: ListOptions, context: CliContext): Promise<void> {
  const { executions, total } = await find(options, context);
  if (options.json === true) {
    printJson(context, { total, executions: executions.map(documentOf) });
    return;
  }
  const { stdout } = context;
  if (executions.length === 0) {
    stdout.line(
      isFiltered(options)
        ? 'No execution is like that. troupe list shows all of them.'
        : 'There are no executions here yet. troupe run FILE starts one.',
    );
    return;
  }
  const page = { now: context.clock.now(), output: stdout, goOn: howToGoOn(context, options) };
  for (const line of executionTable(executions, page)) stdout.line(line);
  const hidden = total - executions.length;
  if (hidden > 0) {
    const more = `${counted(hidden, 'execution')} more: troupe list --limit ${total}`;
    stdout.line(stdout.style.dim(`\n${more}`));
  }
}

interface Found {
  readonly executions: readonly ListedExecution[];
  /** Without the limit. */
  readonly total: number;
}

async function find({ limit, ...options }: ListOptions, context: CliContext): Promise<Found> {
  await using state = await openState(context, options);
  if (state === undefined) return { executions: [], total: 0 };
  await using history = await state.openHistory();
  const { status, task } = options;
  const since = options.since === undefined ? undefined : context.clock.now() - options.since;
  const query = { status, task, since };
  const entries = await history.list({ ...query, limit });
  const { total } = await history.count(query);
  const undriven = await state.undriven(entries.filter(isLive).map(({ id }) => id));
  return { executions: entries.map((entry) => ({ ...entry, isDriven: !undriven.has(entry.id) })), total };
}

function isLive({ endedAt }: { readonly endedAt: number | null }): boolean {
  return endedAt === null;
}

/** Instants as in every other document. `driven`: false when no living process goes on with it. */
function documentOf({ isDriven, startedAt, endedAt, position, ...entry }: ListedExecution): object {
  return {
    ...entry,
    startedAt: isoTime(startedAt),
    finishedAt: endedAt === null ? null : isoTime(endedAt),
    endedAt: undefined,
    driven: endedAt === null ? isDriven : undefined,
    position,
  };
}

function isFiltered({ status, task, since }: ListOptions): boolean {
  return status !== undefined || task !== undefined || since !== undefined;
}

function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError(`'${text}' is not a whole number.`);
  return Number(text);
}
