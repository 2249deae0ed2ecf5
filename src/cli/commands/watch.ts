import type { Command } from 'commander';
import { executionUnknown, usageInvalid } from '../../errors.ts';
import type { CliContext } from '../context.ts';
import { finalReport } from '../drive/final-report.ts';
import { follow } from '../drive/follow.ts';
import { howTo } from '../drive/how-to.ts';
import { relayProgress } from '../drive/progress-relay.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { examples, jsonOption, type StateOptions, withStateOptions } from '../options.ts';
import { openState, type State } from '../state/state.ts';
import type { Keyboard } from '../terminal/keyboard.ts';
import { createRunView } from '../views/create-run-view.ts';
import { outcomeLines } from '../views/outcome.ts';
import { lookOf } from '../views/states.ts';

interface WatchOptions extends StateOptions {
  readonly json?: boolean;
  readonly plain?: boolean;
}

const ABOUT = `

On a terminal it takes the whole screen: phases and steps, why it waits, approvals, agents and the log, with keys to act and to go back in
time (? lists them). Leaving it leaves the executions as they are.`;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('watch')
    .argument('[execution]', 'its id; without one, all of them; as lines, the newest that has not ended')
    .description('look at executions live, whoever drives them, and steer them')
    .option('--plain', 'lines as things happen, also on a terminal')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        ['troupe watch', 'all executions; enter opens one'],
        ['troupe watch nightly', 'one execution'],
        ['troupe watch nightly --plain', 'its events, a line each'],
        ['troupe watch nightly --json', 'wait for its end, then write its report'],
      ) + ABOUT,
    )
    .action((execution: string | undefined, options: WatchOptions) => watch(context, execution, options));
  withStateOptions(command);
}

/** Ends when the execution does, with its exit code; looks only, and so may be stopped at any time. */
async function watch(context: CliContext, wanted: string | undefined, options: WatchOptions): Promise<void> {
  const json = options.json === true;
  await using state = await openState(context, options);
  if (state === undefined) throw wanted === undefined ? nothingToWatch() : executionUnknown(wanted);
  const { keyboard } = context;
  if (keyboard !== undefined && wantsScreen(context, options))
    return await look(context, wanted, { keyboard, state, options });
  const execution = wanted ?? (await state.newestLive());
  if (execution === undefined) throw nothingToWatch();
  const { kind, live } = state.of(execution);
  const view = createRunView(linesOnly(context, options), { json, hostsAreElsewhere: kind === 'nats' });
  try {
    using progress = relayProgress(live, execution, view);
    await follow(context, state, { ...options, execution, view, json, progress });
  } finally {
    view.end();
  }
}

function nothingToWatch(): Error {
  return usageInvalid('There is no execution here that has not ended.', 'troupe list shows those there are.');
}

function wantsScreen({ stdout, env }: CliContext, { json, plain }: WatchOptions): boolean {
  return json !== true && plain !== true && stdout.isTerminal && env.TERM !== 'dumb';
}

/** Over the whole terminal, until the person leaves it. */
async function look(
  context: CliContext,
  wanted: string | undefined,
  {
    keyboard,
    state,
    options,
  }: { readonly keyboard: Keyboard; readonly state: State; readonly options: WatchOptions },
): Promise<void> {
  // Only those who look at a screen pay for what draws it.
  const { WatchScreen } = await import('../watch/watch-screen.ts');
  const screen = new WatchScreen({ context, keyboard, state, options });
  try {
    await screen.run(wanted);
  } finally {
    await screen.close();
  }
  if (screen.isInterrupted) context.exitCode = EXIT.interrupted;
  if (wanted === undefined || screen.tail === undefined) return;
  const fold = screen.tail.fold(null);
  const report = await finalReport(fold, state.of(wanted).store.artifacts);
  const command = howTo(context, options);
  if (!fold.hasEnded) {
    const { word } = lookOf(fold.status);
    context.stdout.line(`${wanted} is ${word}; ${command('watch', wanted)} looks at it again.`);
    return;
  }
  context.exitCode = exitCodeOf(fold.status);
  const { columns, style } = context.stdout;
  for (const line of outcomeLines(report, { columns, style, command })) context.stdout.line(line);
}

/** What is written there is lines even on a terminal. */
function linesOnly(context: CliContext, { plain }: WatchOptions): CliContext {
  return plain === true ? { ...context, env: { ...context.env, TERM: 'dumb' } } : context;
}
