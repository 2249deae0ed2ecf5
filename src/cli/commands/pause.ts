import type { Command } from 'commander';
import type { Fold } from '../../engine/fold.ts';
import { type CliContext, printJson } from '../context.ts';
import { attend } from '../drive/attend.ts';
import { outstandingInWords, ownerInWords, type Sent, send, sentDocument } from '../drive/control.ts';
import { howTo } from '../drive/how-to.ts';
import { listenForInterrupts } from '../drive/interrupts.ts';
import { EXIT } from '../exit-codes.ts';
import { examples, jsonOption, type StateOptions, withStateOptions } from '../options.ts';
import { type ExecutionState, openExecution } from '../state/state.ts';
import { silentView } from '../views/silent-view.ts';
import { lookOf } from '../views/states.ts';

interface PauseOptions extends StateOptions {
  readonly reason?: string;
  readonly wait: boolean;
  readonly json?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('pause')
    .argument('<execution>', 'its id, see troupe list')
    .description('let attempts at work end, then hold an execution')
    .option('--reason <text>', 'why, for whoever looks at it')
    .option('--no-wait', 'do not wait until it is paused')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        ['troupe pause nightly --reason "prices are wrong"', 'and wait until nothing is at work'],
        ['troupe resume nightly', 'go on'],
      ),
    )
    .action((execution: string, options: PauseOptions) => pause(context, execution, options));
  withStateOptions(command);
}

async function pause(context: CliContext, execution: string, options: PauseOptions): Promise<void> {
  await using data = await openExecution(context, execution, options, 'control');
  const sent = await send(context, data, execution, { kind: 'pause', reason: options.reason });
  const isDriven = sent.owner !== undefined;
  const fold =
    options.wait && isDriven && sent.fold.status === 'pausing'
      ? await untilPaused(context, data, execution, options.json === true)
      : sent.fold;
  if (options.json === true) printJson(context, sentDocument(execution, { ...sent, fold }));
  else for (const line of resultLines(fold, sent)) context.stdout.line(line);
  if (options.json !== true && fold.status === 'paused')
    context.stdout.line(`${howTo(context, options)('resume', execution)} goes on.`);
  if (options.wait && isDriven && fold.status === 'pausing') context.exitCode = EXIT.interrupted;
}

/** Until it is no longer pausing: paused, or ended or resumed meanwhile. Says who is outstanding whenever that changes. */
async function untilPaused(
  context: CliContext,
  { store, sources }: ExecutionState,
  execution: string,
  isQuiet: boolean,
): Promise<Fold> {
  const gone = Promise.withResolvers<void>();
  let said = '';
  using interrupts = listenForInterrupts(context);
  await using attendance = await attend(context, {
    execution,
    store,
    sources,
    view: {
      ...silentView(context),
      see: (fold) => {
        const who = outstandingInWords(fold);
        if (isQuiet || fold.status !== 'pausing' || who === said) return;
        said = who;
        context.stderr.line(`Waiting for ${who} to end.`);
      },
    },
    isDriven: () => false,
    onOrphaned: () => gone.resolve(),
  });
  await Promise.race([
    attendance.until(({ status }) => status !== 'pausing'),
    gone.promise,
    interrupts.first,
  ]);
  return attendance.fold;
}

function resultLines(fold: Fold, { applied, owner }: Sent): readonly string[] {
  const { execution } = fold.world;
  const { word } = lookOf(fold.status);
  if (!applied.accepted) return [`The pause came too late: ${execution} is ${word}.`];
  switch (fold.status) {
    case 'paused':
      return [`${execution} is paused.`];
    case 'pausing': {
      const who = outstandingInWords(fold);
      const why = owner === undefined ? ', but no living process drives it' : '';
      const driven = owner === undefined ? [] : [`${ownerInWords(owner)} drives it.`];
      return [`${execution} is pausing: ${who} still at work${why}.`, ...driven];
    }
    default:
      return [`${execution} is ${word}.`];
  }
}
