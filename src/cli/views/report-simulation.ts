import type { FailingScript } from '../../simulation/campaign/failing-script.ts';
import type { Quantiles, Share } from '../../simulation/campaign/statistics.ts';
import type { Campaign, FoundStandstill } from '../../simulation/campaign.ts';
import { standstillInWords } from '../../simulation/deadlock/in-words.ts';
import { faultInWords } from '../../simulation/fault-in-words.ts';
import { oneLine } from '../terminal/text-width.ts';
import { counted, durationInWords } from '../words.ts';
import { heading, labelled, line, type Page, roomBehindLabel } from './report-page.ts';
import { type Column, tableLines } from './report-table.ts';
import type { Segment } from './segments.ts';
import { lookOf } from './states.ts';
import { valueLines } from './value-lines.ts';

/** What only the command knows of a campaign. */
export interface SimulationNotes {
  /** Where durations come from, a line each. */
  readonly durations: readonly string[];
  readonly warnings: readonly string[];
  /** The command line that replays a seed. */
  readonly replay: (seed: number) => string;
}

/** A campaign for people. */
export function simulationLines(campaign: Campaign, notes: SimulationNotes, page: Page): readonly string[] {
  return [
    ...headLines(campaign, notes, page),
    ...quantileLines(campaign, page),
    ...phaseLines(campaign, page),
    ...roleLines(campaign, page),
    ...hostLines(campaign, page),
    ...standstillLines(campaign, notes, page),
    ...neverRanLines(campaign, page),
    ...outputLines(campaign, notes, page),
    ...degradedLines(campaign, page),
    ...findingLines(campaign, page),
    ...campaign.failingScripts.flatMap((failing) => scriptLines(failing, notes, page)),
    ...heading(page, 'Where durations come from'),
    ...notes.durations.flatMap((text) => indentedText(page, text)),
  ];
}

function headLines(campaign: Campaign, { warnings, replay }: SimulationNotes, page: Page): readonly string[] {
  const { task, version, runs, seed, hosts, faults, outcomes, errors, success } = campaign;
  const text = wrapped(page);
  const seeds = runs === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + runs - 1}`;
  const bad = outcomes.find(({ name }) => name !== 'completed')?.seeds[0];
  return [
    line(page, [oneLine(task), 'bold'], [` ${version}`, 'dim'], [`  simulated ${counted(runs, 'time')}`]),
    ...labelled(
      page,
      'With',
      text(`${seeds}, ${counted(hosts, 'host')}, ${faults === 'none' ? 'no faults' : `${faults} faults`}`),
    ),
    ...(campaign.isInterrupted ? labelled(page, 'Stopped', ['before all runs were made'], 'yellow') : []),
    ...warnings.flatMap((warning) => labelled(page, 'Note', text(warning), 'yellow')),
    ...labelled(
      page,
      'Completes',
      text(shareInWords(success)),
      success.count === success.of ? 'green' : 'red',
    ),
    ...labelled(
      page,
      'Outcomes',
      text(outcomes.map(({ name, count }) => `${outcomeWord(name)} ${count}`).join(', ') || 'none'),
    ),
    ...errors.flatMap(({ code, message, count, seeds: where }) =>
      labelled(
        page,
        count === 1 ? 'Error' : `Error ×${count}`,
        text(`${code}: ${message} (${seedsInWords(where, count)})`),
        'red',
      ),
    ),
    ...(bad === undefined ? [] : labelled(page, 'Replay', text(replay(bad)))),
  ];
}

function outcomeWord(outcome: string): string {
  switch (outcome) {
    case 'waiting':
      return 'waiting for a person';
    case 'endless':
      return 'at work for ever';
    case 'deadlock':
      return outcome;
    default:
      return lookOf(outcome).word;
  }
}

/** `97 % of the runs (97 of 100); the true share lies between 91.5 and 99 %, with 95 % certainty`. */
function shareInWords({ count, of, share, low, high }: Share): string {
  return `${percent(share)} of the runs (${count} of ${of}); with 95 % certainty between ${percent(low)} and ${percent(high)}`;
}

function quantileLines({ duration, usd, tokens }: Campaign, page: Page): readonly string[] {
  const row = (
    name: string,
    quantiles: Quantiles | null,
    say: (value: number) => string,
  ): readonly (readonly Segment[])[] =>
    quantiles === null
      ? []
      : [
          [
            [name],
            ...(['p5', 'p50', 'p95', 'max', 'mean'] as const).map((key): Segment => [say(quantiles[key])]),
          ],
        ];
  const rows = [
    ...row('duration', duration, durationInWords),
    ...(usd !== null && usd.max > 0 ? row('cost (USD)', usd, amount) : []),
    ...(tokens !== null && tokens.max > 0 ? row('tokens', tokens, (value) => String(Math.round(value))) : []),
  ];
  if (rows.length === 0) return [];
  const columns: readonly Column[] = [
    { head: '' },
    right('5 %'),
    right('half'),
    right('95 %'),
    right('most'),
    right('mean'),
  ];
  return [
    ...heading(page, 'How long it takes'),
    ...tableLines(columns, rows, { ...page, indent: '  ' }),
    line(page, ['  Of all runs that completed, so many take at most this long, in virtual time.', 'dim']),
  ];
}

function phaseLines({ phases }: Campaign, page: Page): readonly string[] {
  const rows = phases.map(({ phase, onCriticalPath, ofMakespan, meanMs }, at): readonly Segment[] => [
    [oneLine(phase), at === 0 && ofMakespan > 0 ? 'bold' : undefined],
    [percent(onCriticalPath)],
    [percent(ofMakespan)],
    [durationInWords(meanMs)],
    [at === 0 && ofMakespan > 0 ? 'bottleneck' : '', 'yellow'],
  ]);
  const columns: readonly Column[] = [
    { head: 'phase', least: 12 },
    right('critical in'),
    right('of the time'),
    right('mean'),
    { head: '' },
  ];
  return rows.length === 0
    ? []
    : [...heading(page, 'Which phases decide'), ...tableLines(columns, rows, { ...page, indent: '  ' })];
}

function roleLines({ roles }: Campaign, page: Page): readonly string[] {
  if (roles.length === 0) return [];
  const rows = roles.map(
    ({ role, seats, utilisation, meanQueuedMs, maxQueuedMs, attempts }): readonly Segment[] => [
      [oneLine(role)],
      [seats === 0 ? 'none' : String(seats), seats === 0 ? 'red' : undefined],
      [percent(utilisation)],
      [durationInWords(meanQueuedMs)],
      [durationInWords(maxQueuedMs)],
      [amount(attempts)],
    ],
  );
  const columns: readonly Column[] = [
    { head: 'agent', least: 12 },
    right('seats'),
    right('busy'),
    right('waits'),
    right('at most'),
    right('attempts a run'),
  ];
  return [
    ...heading(page, 'How busy the agents are'),
    ...tableLines(columns, rows, { ...page, indent: '  ' }),
  ];
}

function hostLines({ makespan }: Campaign, page: Page): readonly string[] {
  if (makespan.length < 2 || makespan.every(({ p50 }) => p50 === null)) return [];
  const rows = makespan.map(({ hosts, p50, p95, runs }): readonly Segment[] => [
    [String(hosts)],
    [p50 === null ? '-' : durationInWords(p50)],
    [p95 === null ? '-' : durationInWords(p95)],
    [String(runs), 'dim'],
  ]);
  const columns: readonly Column[] = [right('hosts'), right('half'), right('95 %'), right('runs')];
  return [
    ...heading(page, 'How long with more hosts'),
    ...tableLines(columns, rows, { ...page, indent: '  ' }),
  ];
}

function standstillLines(
  { standstills }: Campaign,
  { replay }: SimulationNotes,
  page: Page,
): readonly string[] {
  return standstills.flatMap((found) => [
    ...heading(page, standstillTitle(found)),
    ...standstillInWords(found.standstill).flatMap((text) => indentedText(page, text)),
    line(page, [`  ${seedsInWords(found.seeds, found.count)}: ${replay(found.seeds[0] ?? 1)}`, 'dim']),
  ]);
}

function standstillTitle({ standstill, outcome, atMs, count }: FoundStandstill): string {
  const runs = count === 1 ? 'in 1 run' : `in ${count} runs`;
  const deadline = outcome === 'deadlock' || outcome === 'waiting' ? '' : ', until a deadline ended it';
  const what =
    standstill.kind === 'deadlock'
      ? 'Deadlock: no record that could still come moves the execution'
      : 'Waiting for a person: nothing else moves the execution';
  return `${what}${deadline} (${runs}, first after ${durationInWords(atMs)})`;
}

function neverRanLines({ neverRan, runs }: Campaign, page: Page): readonly string[] {
  if (neverRan.length === 0) return [];
  return [
    ...heading(page, `Never came to its turn in ${counted(runs, 'run')}`),
    ...neverRan.flatMap(({ phase, step, why, when, saw }) => [
      line(
        page,
        [`  ${step === undefined ? '' : `step ${step}, `}phase ${oneLine(phase)}`],
        [`: ${why}`, 'dim'],
      ),
      ...(when === undefined ? [] : indentedText(page, `  when ${oneLine(when)}`)),
      ...saw.flatMap((values) =>
        indentedText(
          page,
          `  saw ${Object.entries(values)
            .map(([path, value]) => `${path} = ${JSON.stringify(value)}`)
            .join(', ')}`,
        ),
      ),
    ]),
  ];
}

function outputLines(
  { outputs, success }: Campaign,
  { replay }: SimulationNotes,
  page: Page,
): readonly string[] {
  if (success.count === 0) return [];
  const { distinct, differing } = outputs;
  return [
    ...heading(page, 'Outputs'),
    line(page, [
      `  ${distinct === 1 ? 'the same' : `${distinct} different ones`} in ${counted(success.count, 'completed run')}`,
    ]),
    ...differing.flatMap(({ seeds, first, outputs: names }) => [
      line(page, [
        '  The result depends on timing: agents answered the same, and it came to something else.',
        'red',
      ]),
      ...indentedText(page, `  seeds ${seeds[0]} and ${seeds[1]} differ first in ${first}`),
      ...(names.length === 0 ? [] : indentedText(page, `  outputs that differ: ${names.join(', ')}`)),
      ...seeds.map((seed) => line(page, [`    ${replay(seed)}`, 'dim'])),
    ]),
  ];
}

function degradedLines({ degraded, runs }: Campaign, page: Page): readonly string[] {
  if (degraded.length === 0) return [];
  return [
    ...heading(page, 'Completed without some of their agents'),
    ...degraded.map(({ phase, runs: count }) =>
      line(page, [`  ${oneLine(phase)}`], [`  in ${percent(count / runs)} of the runs`, 'dim']),
    ),
  ];
}

function findingLines({ findings }: Campaign, page: Page): readonly string[] {
  if (findings.length === 0) return [];
  return [
    ...heading(page, 'Invariants that did not hold'),
    ...findings.flatMap(({ text, seeds }) =>
      indentedText(page, `${text} (${seedsInWords(seeds, seeds.length)})`, 'red'),
    ),
  ];
}

function scriptLines(failing: FailingScript, { replay }: SimulationNotes, page: Page): readonly string[] {
  const { seed, outcome, without, faultCount, script, isMinimal } = failing;
  return [
    ...heading(
      page,
      `Seed ${seed}: ${outcomeWord(outcome)} because of faults; without them ${outcomeWord(without)}`,
    ),
    line(page, [
      `  ${script.length} of its ${counted(faultCount, 'fault')} ${script.length === 1 ? 'does' : 'do'} it${isMinimal ? '; none of them can be left out' : ''}:`,
    ]),
    ...script.flatMap((fault) => indentedText(page, `  ${faultInWords(fault)}`)),
    line(page, [`  ${replay(seed)}`, 'dim']),
  ];
}

function indentedText(page: Page, text: string, mark?: keyof Page['style']): readonly string[] {
  const by = text.length - text.trimStart().length + 2;
  const lines = valueLines(oneLine(text.trim()), { columns: Math.max(20, page.width - by - 2), maxLines: 8 });
  return lines
    .filter((one) => one !== '')
    .map((one, at) => line(page, [' '.repeat(at === 0 ? by : by + 2)], [one, mark]));
}

function wrapped(page: Page): (text: string) => readonly string[] {
  return (text) => valueLines(oneLine(text), { columns: roomBehindLabel(page), maxLines: 12 });
}

function seedsInWords(seeds: readonly number[], count: number): string {
  const shown = seeds.slice(0, 5).join(', ');
  return `${count === 1 ? 'seed' : 'seeds'} ${shown}${count > Math.min(5, seeds.length) ? ', …' : ''}`;
}

function right(head: string): Column {
  return { head, align: 'right' };
}

/** At most one digit behind the point, and none of a whole number. */
function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

/** At most three digits that count. */
function amount(value: number): string {
  return String(Number(value.toPrecision(3)));
}
