import type { Command } from 'commander';
import { loadFold } from '../../engine/load.ts';
import { executionUnknown, usageInvalid } from '../../errors.ts';
import { type CliContext, type OpenData, openData } from '../context.ts';
import { attend, isOver } from '../drive/attend.ts';
import { conclude } from '../drive/conclude.ts';
import { howTo } from '../drive/how-to.ts';
import { listenForInterrupts } from '../drive/interrupts.ts';
import { dataOption, examples, jsonOption } from '../options.ts';
import { createRunView } from '../views/create-run-view.ts';

interface WatchOptions {
  readonly data?: string;
  readonly json?: boolean;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('watch')
    .argument('[execution]', 'its id; without one, the newest that has not ended')
    .description('follow an execution that another process drives')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        ['troupe watch', 'the newest execution that has not ended'],
        ['troupe watch nightly --json', 'wait for its end, then write its report'],
      ),
    )
    .action((execution: string | undefined, options: WatchOptions) => watch(context, execution, options));
}

/** Ends when the execution does, with its exit code; looks only, and so may be stopped at any time. */
async function watch(context: CliContext, wanted: string | undefined, options: WatchOptions): Promise<void> {
  const json = options.json === true;
  await using data = await openData(context, options);
  if (data === undefined) throw wanted === undefined ? nothingToWatch() : executionUnknown(wanted);
  const execution = wanted ?? (await newestLive(data));
  if (execution === undefined) throw nothingToWatch();
  const { store, sources } = data;
  const view = createRunView(context, { json });
  const command = howTo(context, options);
  const watching = 'Ctrl-C only stops watching.';
  try {
    using interrupts = listenForInterrupts(context);
    await using attendance = await attend(context, {
      execution,
      store,
      sources,
      view,
      isDriven: () => false,
      onOrphaned: () =>
        view.note([
          `No living process drives it: ${command('resume', execution)} goes on with it.`,
          watching,
        ]),
    });
    if (attendance.fold.status === 'running') view.note([watching]);
    await Promise.race([attendance.over, interrupts.first]);
    const { fold } = attendance;
    const driven = { fold, isOwned: false, isInterrupted: !isOver(fold) };
    await conclude(context, driven, { view, artifacts: store.artifacts, json, data: options.data });
  } finally {
    view.end();
  }
}

/** The one with the latest record among those that have not ended. */
async function newestLive({ store, sources }: OpenData): Promise<string | undefined> {
  const all = await store.log.executions();
  for (const { execution } of all.toReversed()) {
    const fold = await loadFold(execution, sources);
    if (fold !== undefined && !fold.hasEnded) return execution;
  }
  return undefined;
}

function nothingToWatch(): Error {
  return usageInvalid('There is no execution here that has not ended.', 'troupe list shows those there are.');
}
