import type { Command } from 'commander';
import { usageInvalid } from '../../errors.ts';
import { settingsOf } from '../config/load.ts';
import { type CliContext, dataDirOf, openEmbedded } from '../context.ts';
import { endAtOnce } from '../drive/end-at-once.ts';
import { listenForInterrupts } from '../drive/interrupts.ts';
import { OrphanWatch } from '../drive/orphan-watch.ts';
import { EXIT } from '../exit-codes.ts';
import { recordHistory } from '../history.ts';
import { natsOf } from '../nats/target.ts';
import { examples, type StateOptions, withStateOptions } from '../options.ts';
import { type ServeOptions, withServeOptions } from '../serve/options.ts';
import { type InspectOptions, openInspection, withInspectOptions } from '../stately/options.ts';
import { eventLine } from '../views/event-line.ts';
import { counted } from '../words.ts';

interface UpOptions extends StateOptions, ServeOptions, InspectOptions {
  readonly once?: boolean;
  readonly ui: boolean;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('up')
    .description('drive all executions that nobody drives, until stopped')
    .option('--once', 'end when nothing is left to do but what waits for a person')
    .option('--no-ui', 'do not serve the inspector')
    .addHelpText(
      'after',
      examples(
        ['troupe up', 'go on with everything a crash left behind, and with what is started'],
        ['troupe up --once', 'the same, then end: for a cron job or after a reboot'],
        [
          'troupe up --nats URL',
          'drive those on a server, beside others that do; agents come with `troupe agent`',
        ],
        ['troupe up --nats auto', 'the same with a server of this project, started here'],
        ['troupe up --ui-port 8080', 'serve the inspector on another port'],
      ),
    )
    .action((options: UpOptions) => up(context, options));
  withStateOptions(withServeOptions(withInspectOptions(command)));
}

async function up(context: CliContext, options: UpOptions): Promise<void> {
  const target = natsOf(context, options);
  if (target === undefined) return upHere(context, options);
  if (options.once === true) {
    throw usageInvalid(
      '--once is for a data folder.',
      'On a server the orchestrator runs until it is stopped.',
    );
  }
  const { orchestrate } = await import('../drive/orchestrate.ts');
  return orchestrate(context, options, target, servesInspector(context, options) ? options : undefined);
}

function servesInspector(context: CliContext, { ui, once }: UpOptions): boolean {
  return ui && once !== true && settingsOf(context).ui;
}

async function upHere(context: CliContext, options: UpOptions): Promise<void> {
  const { stdout, stderr } = context;
  await using inspection = await openInspection(context, options, (line) => stdout.line(line));
  const inspect = inspection?.inspect;
  const embedded = await openEmbedded(context, { data: options.data, adoptsOthers: true, inspect });
  const { engine, store } = embedded;
  await using _history = await recordHistory(context, embedded, options);
  const driven = new Set<string>();
  const stopTelling = engine.listen((event) => {
    driven.add(event.id);
    const line = eventLine(event);
    if (line !== undefined) stdout.line(`${stdout.style.dim(event.id)} ${line}`);
  });
  const over = Promise.withResolvers<void>();
  const orphans = new OrphanWatch({
    engine,
    ownership: store.ownership,
    clock: context.clock,
    onAdopted: (execution) => {
      driven.add(execution);
      stdout.line(`${stdout.style.dim(execution)} adopted`);
    },
    onFailed: (execution, error) => stderr.line(`${execution} cannot be adopted: ${error.message}`),
    onRound: () => {
      if (options.once === true && engine.owned.resident === 0) over.resolve();
    },
  });

  using interrupts = listenForInterrupts(context, () => void endAtOnce(context, embedded, [...driven]));
  stdout.line(
    `Driving the executions in ${dataDirOf(context, options)}. Ctrl-C stops after the work at hand.`,
  );
  let serving: AsyncDisposable | undefined;
  try {
    if (servesInspector(context, options)) {
      const { serveEmbedded } = await import('../serve/embedded.ts');
      serving = await serveEmbedded(context, options, embedded, (line) => stdout.line(line));
    }
    await orphans.start();
    await Promise.race([over.promise, interrupts.first]);
    if (interrupts.count > 0)
      stderr.line('Stopping: attempts at work may end first. Ctrl-C again ends at once.');
    await serving?.[Symbol.asyncDispose]();
    await orphans.stop();
    const { parked } = engine.owned;
    await embedded.close({ drain: true });
    if (parked > 0) stdout.line(`${counted(parked, 'execution')} left waiting for a person or a signal.`);
    if (interrupts.count > 0) context.exitCode = EXIT.interrupted;
  } finally {
    await serving?.[Symbol.asyncDispose]();
    await orphans.stop();
    await embedded.close();
    stopTelling();
  }
}
