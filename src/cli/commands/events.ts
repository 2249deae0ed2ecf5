import type { Command } from 'commander';
import { beginFold, startIn } from '../../engine/load.ts';
import { executionUnknown } from '../../errors.ts';
import { readStory, StoryTeller, type ToldRecord } from '../../history/story.ts';
import { isoTime } from '../../iso-time.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import type { CliContext } from '../context.ts';
import { examples, type StateOptions, withStateOptions } from '../options.ts';
import { type ExecutionState, openExecution } from '../state/state.ts';
import { pageOf } from '../views/report-page.ts';
import { recordLine } from '../views/report-records.ts';

interface EventsOptions extends StateOptions {
  readonly follow?: boolean;
  readonly json?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('events')
    .argument('<execution>', 'its id, see troupe list')
    .description("show an execution's log, record by record")
    .option('-f, --follow', 'go on until the execution has ended')
    .option('--json', 'one JSON document a line, with the whole record')
    .addHelpText(
      'after',
      examples(
        ['troupe events ID', 'what happened, in order'],
        ['troupe events ID --follow', 'and what happens now'],
        ["troupe events ID --json | jq 'select(.refused)'", 'what the state had no use for'],
      ),
    )
    .action((id: string, options: EventsOptions) => events(id, options, context));
  withStateOptions(command);
}

async function events(execution: string, options: EventsOptions, context: CliContext): Promise<void> {
  await using data = await openExecution(context, execution, options);
  const print = printerOf(options, context);
  if (options.follow === true) {
    await follow(execution, data, context, print);
    return;
  }
  const story = await readStory(execution, data.sources);
  if (story === undefined) throw executionUnknown(execution);
  for (const told of story.records) print(told);
}

function printerOf({ json }: EventsOptions, { stdout, clock }: CliContext): (told: ToldRecord) => void {
  if (json === true) return (told) => stdout.line(JSON.stringify(documentOf(told)));
  const page = pageOf(stdout, clock.now());
  const width = stdout.isTerminal ? page.width : Number.POSITIVE_INFINITY;
  return (told) => stdout.line(recordLine(told, { ...page, width }));
}

function documentOf({ record, refusal }: ToldRecord): object {
  const { at, ...rest } = record;
  return { ...rest, at: isoTime(at), refused: refusal };
}

/** Prints each record once it is durable, until the execution has ended and nothing of it is at work, or Ctrl-C. */
async function follow(
  execution: string,
  { store, sources }: ExecutionState,
  context: CliContext,
  print: (told: ToldRecord) => void,
): Promise<void> {
  const { promise: isOver, resolve: finish } = Promise.withResolvers<void>();
  const stopListening = context.onInterrupt(finish);
  const records = await store.log.read(execution);
  const start = records.findIndex((record) => startIn(record) !== undefined);
  const first = records[start];
  if (first === undefined) throw executionUnknown(execution);
  const fold = await beginFold(first, sources);
  const teller = new StoryTeller(fold, first);
  let isFoldable = true;

  const tell = (record: LogRecord): void => {
    isFoldable &&= teller.tell(record);
    const told = isFoldable ? teller.latest : { record, refusal: 'the execution is suspended' };
    print(told);
    if (!isFoldable || (fold.hasEnded && fold.claims().length === 0)) finish();
  };
  print(teller.latest);
  for (const record of records.slice(start + 1)) tell(record);

  const waiting: LogRecord[] = [];
  const subscription = store.log.follow(
    {
      fold: (more) => waiting.push(...more.filter((record) => record.execution === execution)),
      durable: (position) => {
        while (waiting[0] !== undefined && waiting[0].position <= position)
          tell(waiting.shift() as LogRecord);
      },
      retracted: (position) => {
        while ((waiting.at(-1)?.position ?? 0) > position) waiting.pop();
      },
    },
    records.at(-1)?.position ?? first.position,
    { execution },
  );
  await isOver;
  stopListening();
  await subscription.stop();
}
