import { writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { fileUnusable, usageInvalid } from '../../errors.ts';
import type { Campaign } from '../../simulation/campaign.ts';
import type { FaultLevel } from '../../simulation/cluster/faults.ts';
import type { Rehearsal } from '../../simulation/rehearsal.ts';
import { settingsOf } from '../config/load.ts';
import { type CliContext, pathOf, printJson } from '../context.ts';
import { listenForInterrupts } from '../drive/interrupts.ts';
import { readInput } from '../drive/read-input.ts';
import { EXIT } from '../exit-codes.ts';
import { examples, jsonOption } from '../options.ts';
import { durationNotes } from '../simulate/duration-notes.ts';
import { progressLine } from '../simulate/progress-line.ts';
import { isAgentsFolder, readAgentsFile } from '../simulate/read-agents.ts';
import { savedTestOf } from '../simulate/saved-test.ts';
import { makespanChart } from '../views/makespan-chart.ts';
import { pageOf } from '../views/report-page.ts';
import { simulationLines } from '../views/report-simulation.ts';
import { simulatedTimeline, timelineDocument } from '../views/simulated-timeline.ts';

export interface SimulateOptions {
  readonly input?: readonly string[];
  readonly inputFile?: string;
  readonly runs: number;
  readonly seed: number;
  readonly faults: FaultLevel;
  readonly agents?: readonly string[];
  readonly hosts: number;
  readonly seats?: number;
  readonly without?: readonly string[];
  readonly durations: 'estimates' | 'history' | 'auto';
  readonly spread?: number;
  readonly json?: boolean;
  readonly svg?: string;
  readonly saveTest?: string;
  readonly data?: string;
  readonly fork?: string;
  readonly at?: number;
}

const MORE = `

Nothing real runs: the engine works in virtual time, and agents are played. A role without a script in the agents file succeeds
after the time that its steps take by the history of the data folder, else by their estimate, else within a second.

The agents file (YAML, JSON or a program) says how roles behave and which signals are sent; with signals in it nobody else sends
any, and an execution that waits for another one is a deadlock. docs/simulation.md describes it.

Ends with 0 when every run completed, 1 when any did not, 2 for bad usage or a bad file, 130 when it was interrupted.`;

export function register(program: Command, context: CliContext): void {
  program
    .command('simulate')
    .argument('[file]', 'a task file, or the name of a task; left out with --fork')
    .description('try a task many times in virtual time, before running it once')
    .option('-i, --input <field=value>', 'a field of the input; may be repeated', collect)
    .option('--input-file <file>', 'JSON or YAML with the fields of the input; - reads standard input')
    .addOption(new Option('--runs <count>', 'how often').default(100).argParser(count(1, 1_000_000)))
    .addOption(
      new Option('--seed <number>', 'of the first run; the next ones count on')
        .default(1)
        .argParser(count(0, 2 ** 31 - 1)),
    )
    .addOption(
      new Option('--faults <level>', 'how much goes wrong')
        .choices(['none', 'light', 'heavy'])
        .default('none'),
    )
    .option(
      '--agents <file>',
      'how agents behave, which signals are sent, and what people decide; or a folder with agent files',
      collect,
    )
    .addOption(
      new Option('--hosts <count>', 'agent hosts; also tells how long it takes with fewer')
        .default(4)
        .argParser(count(1, 64)),
    )
    .addOption(
      new Option(
        '--seats <count>',
        'attempts of one agent at once on a host (default: as its file says)',
      ).argParser(count(1, 10_000)),
    )
    .option('--without <agent>', 'an agent that no host offers; may be repeated', collect)
    .addOption(
      new Option('--durations <source>', 'where the time of steps comes from')
        .choices(['estimates', 'history', 'auto'])
        .default('auto'),
    )
    .addOption(
      new Option(
        '--spread <percent>',
        'how far estimates are off: 95 of 100 attempts take at most so much longer (default: 50)',
      ).argParser(count(0, 10_000)),
    )
    .option(
      '--fork <id>',
      'go on with this execution of the data folder in virtual time; its own log stays as it is',
    )
    .addOption(
      new Option(
        '--at <position>',
        'the last record of it that counts (default: all, from now on)',
      ).argParser(count(1, 2 ** 53 - 1)),
    )
    .addOption(jsonOption())
    .option('--svg <file>', 'write a chart: how long it takes by the number of hosts')
    .option('--save-test <file>', 'write the first run that fails as a test for vitest')
    .addOption(
      new Option(
        '--data <dir>',
        'folder of the state, for the history (default: $TROUPE_DATA, else .troupe)',
      ),
    )
    .addHelpText(
      'after',
      examples(
        ['troupe simulate review -i file=a.ts', '100 runs: does it complete, how long, what decides'],
        ['troupe simulate review --agents cast.yaml --runs 1000', 'with agents that fail, and signals'],
        ['troupe simulate review --seed 7 --runs 1', 'replay run 7, with its timeline'],
        ['troupe simulate review --hosts 8 --svg hosts.svg', 'a chart for 1 to 8 hosts'],
        ['troupe simulate --fork ID', 'when a live execution will end, and whether it can'],
        ['troupe simulate review --faults light --save-test f.test.ts', 'what breaks it, as a test'],
      ) + MORE,
    )
    .action((file: string | undefined, options: SimulateOptions) => simulate(file, options, context));
}

async function simulate(
  file: string | undefined,
  options: SimulateOptions,
  context: CliContext,
): Promise<void> {
  const { rehearsal, notes, whole } = await prepareEither(file, options, context);
  const { setting } = rehearsal;
  const { seed, runs, hosts, faults } = options;
  // The engine and its parts are loaded by those who simulate alone.
  const [{ runCampaign }, { simulateRun }] = await Promise.all([
    import('../../simulation/campaign.ts'),
    import('../../simulation/campaign/simulate-run.ts'),
  ]);
  using interrupts = listenForInterrupts(context, () => context.endAtOnce(EXIT.interrupted));
  const progress = progressLine(context);
  const campaign = await runCampaign({
    setting,
    seed,
    runs,
    hosts,
    faults,
    onProgress: progress.show,
    isInterrupted: () => interrupts.count > 0,
  });
  progress.clear();
  context.exitCode = exitCodeFor(campaign);
  const timeline =
    runs === 1 && campaign.runs === 1 ? await simulateRun(setting, { seed, hosts, faults }) : undefined;
  if (options.svg !== undefined)
    await write(context, options.svg, makespanChart(campaign.task, campaign.makespan));
  const saved =
    options.saveTest === undefined || file === undefined || whole === undefined
      ? undefined
      : await savedTestOf(campaign, whole, file, options, context);
  if (options.saveTest !== undefined && saved !== undefined) await write(context, options.saveTest, saved);
  if (options.json === true) {
    printJson(context, {
      ...campaign,
      durations: notes.document,
      unknownAgents: rehearsal.unknownAgents,
      ...(timeline === undefined ? {} : { timeline: timelineDocument(timeline) }),
    });
    return;
  }
  const { stdout, clock } = context;
  const page = pageOf(stdout, clock.now());
  if (timeline !== undefined) for (const line of simulatedTimeline(timeline, page)) stdout.line(line);
  const lines = simulationLines(
    campaign,
    {
      durations: notes.lines,
      warnings: warningsOf(rehearsal),
      replay: (which) => replayCommand(file, options, which),
    },
    page,
  );
  for (const line of lines) stdout.line(line);
  if (options.svg !== undefined) stdout.line(`\nThe chart is in ${options.svg}.`);
  if (options.saveTest !== undefined)
    stdout.line(
      saved === undefined
        ? '\nNo run failed, so no test was written.'
        : `\nThe test is in ${options.saveTest}.`,
    );
}

interface Prepared {
  readonly rehearsal: Pick<Rehearsal, 'setting' | 'unknownAgents'>;
  readonly notes: ReturnType<typeof durationNotes>;
  /** Absent: it is a fork. */
  readonly whole?: Rehearsal;
}

async function prepareEither(
  file: string | undefined,
  options: SimulateOptions,
  context: CliContext,
): Promise<Prepared> {
  const { fork, at } = options;
  if (fork !== undefined) {
    assertForkable(file, options);
    const { prepareLive } = await import('../simulate/prepare-live.ts');
    const live = await prepareLive(context, { ...options, fork, at });
    return { rehearsal: { ...live, unknownAgents: [] }, notes: durationNotes(live) };
  }
  if (file === undefined || at !== undefined)
    throw usageInvalid(
      file === undefined ? 'no task is named' : '--at goes with --fork.',
      'Name a task file, the name of a task, or --fork ID.',
    );
  const rehearsal = await prepare(file, options, context);
  return { rehearsal, notes: durationNotes(rehearsal), whole: rehearsal };
}

/** What a fork has already: its task, its input; and it has no faults. */
function assertForkable(file: string | undefined, options: SimulateOptions): void {
  const { input = [], inputFile, faults, saveTest } = options;
  if (file !== undefined) throw usageInvalid('--fork names the task already.', 'Leave the file out.');
  if (input.length > 0 || inputFile !== undefined)
    throw usageInvalid('a fork has the input of its execution.', 'Leave -i and --input-file out.');
  if (faults !== 'none' || saveTest !== undefined)
    throw usageInvalid('a fork runs where all is well.', 'Leave --faults and --save-test out.');
}

async function prepare(
  file: string,
  options: SimulateOptions,
  context: CliContext,
): Promise<Rehearsal & { readonly executions?: number | undefined }> {
  const { prepareRehearsal } = await import('../../simulation/rehearsal.ts');
  const { agents: paths = [], without, seats, spread, durations } = options;
  const files = paths.filter((path) => !isAgentsFolder(context, path));
  const agentDirs = paths
    .filter((path) => isAgentsFolder(context, path))
    .map((path) => pathOf(context, path));
  const cast = await readAgentsFile(context, files);
  const common = {
    task: file,
    cwd: context.cwd,
    agentDirs,
    input: await readInput(context, options),
    groups: settingsOf(context).groups,
    ...cast,
    without,
    seats,
    spread: spread === undefined ? undefined : spread / 100,
  };
  const first = await prepareRehearsal(common);
  if (durations === 'estimates') return first;
  const { readTaskHistory } = await import('../simulate/read-history.ts');
  const history = await readTaskHistory(context, first.prepared.definition.name, options);
  if (history === undefined) return first;
  return { ...(await prepareRehearsal({ ...common, history })), executions: history.executions };
}

function exitCodeFor({ isInterrupted, success, runs, findings }: Campaign): number {
  if (isInterrupted) return EXIT.interrupted;
  return success.count === runs && findings.length === 0 ? EXIT.completed : EXIT.failed;
}

function warningsOf({ unknownAgents }: Pick<Rehearsal, 'unknownAgents'>): readonly string[] {
  if (unknownAgents.length === 0) return [];
  return [`no agent file for ${unknownAgents.join(', ')}: played all the same, but troupe run would refuse`];
}

/** What runs one seed again, with its timeline. */
function replayCommand(file: string | undefined, options: SimulateOptions, seed: number): string {
  const {
    input = [],
    inputFile,
    agents = [],
    without = [],
    hosts,
    seats,
    faults,
    durations,
    spread,
  } = options;
  const words = [
    ...input.flatMap((field) => ['-i', field]),
    ...(inputFile === undefined ? [] : ['--input-file', inputFile]),
    ...agents.flatMap((path) => ['--agents', path]),
    ...without.flatMap((role) => ['--without', role]),
    ...(hosts === 4 ? [] : ['--hosts', String(hosts)]),
    ...(seats === undefined ? [] : ['--seats', String(seats)]),
    ...(faults === 'none' ? [] : ['--faults', faults]),
    ...(durations === 'auto' ? [] : ['--durations', durations]),
    ...(spread === undefined ? [] : ['--spread', String(spread)]),
  ];
  const what = file === undefined ? forkWords(options) : [file];
  return ['troupe', 'simulate', ...what, ...words, '--seed', String(seed), '--runs', '1']
    .map(quoted)
    .join(' ');
}

function forkWords({ fork = '', at }: SimulateOptions): readonly string[] {
  return ['--fork', fork, ...(at === undefined ? [] : ['--at', String(at)])];
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

async function write(context: CliContext, path: string, text: string): Promise<void> {
  try {
    await writeFile(pathOf(context, path), text);
  } catch (error) {
    throw fileUnusable(path, `it cannot be written: ${(error as Error).message}`, error);
  }
}

function count(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d{1,10}$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
    return value;
  };
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
