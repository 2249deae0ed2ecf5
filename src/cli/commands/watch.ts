import type { Command } from 'commander';
import { executionUnknown, usageInvalid } from '../../errors.ts';
import type { CliContext } from '../context.ts';
import { follow } from '../drive/follow.ts';
import { relayProgress } from '../drive/progress-relay.ts';
import { examples, jsonOption, type StateOptions, withStateOptions } from '../options.ts';
import { openState } from '../state/state.ts';
import { createRunView } from '../views/create-run-view.ts';

interface WatchOptions extends StateOptions {
  readonly json?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('watch')
    .argument('[execution]', 'its id; without one, the newest that has not ended')
    .description('follow an execution that another process drives')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        ['troupe watch', 'the newest execution that has not ended'],
        ['troupe watch nightly --json', 'wait for its end, then write its report'],
      ),
    )
    .action((execution: string | undefined, options: WatchOptions) => watch(context, execution, options));
  withStateOptions(command);
}

/** Ends when the execution does, with its exit code; looks only, and so may be stopped at any time. */
async function watch(context: CliContext, wanted: string | undefined, options: WatchOptions): Promise<void> {
  const json = options.json === true;
  await using state = await openState(context, options);
  if (state === undefined) throw wanted === undefined ? nothingToWatch() : executionUnknown(wanted);
  const execution = wanted ?? (await state.newestLive());
  if (execution === undefined) throw nothingToWatch();
  const { kind, live } = state.of(execution);
  const view = createRunView(context, { json, hostsAreElsewhere: kind === 'nats' });
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
