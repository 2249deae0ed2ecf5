import type { Fold } from '../../engine/fold.ts';
import { type ExecutionReport, reportOf, type StepReport } from '../../engine/report.ts';
import type { LogRow, Moment, StepDetail } from '../../inspection/documents.ts';
import { logPageOf, rowAt } from '../../inspection/log-rows.ts';
import type { Json } from '../../json.ts';
import { fitText, harmless, oneLine, padText, textWidth, wrapText } from '../terminal/text-width.ts';
import { isActive, isOver, phaseRow } from '../views/phase-row.ts';
import { clockTime } from '../views/report-time.ts';
import type { Segment } from '../views/segments.ts';
import { lookOf, lookWhenOver } from '../views/states.ts';
import { stepLabels, stepRow } from '../views/step-row.ts';
import { valueLines } from '../views/value-lines.ts';
import { durationInWords } from '../words.ts';
import { approvalsPane, fits, hostsPane } from './home-panes.ts';
import { listPane, type Pane, type Row } from './pane.ts';
import type { Tail } from './tail.ts';

/** A moment of one execution, as far as it is shown. */
export interface ExecutionScene {
  readonly tail: Tail;
  /** Index of a record; null: live. */
  readonly index: number | null;
  readonly moment: Moment;
  readonly now: number;
  readonly tick: number;
  /** By pane. */
  readonly filters: { readonly [pane: string]: string };
}

/** In the order in which tab goes through them. */
export function executionPanes(scene: ExecutionScene, widths: readonly number[]): readonly Pane[] {
  const { tail, moment, now, index } = scene;
  const hosts = index === null ? (tail.surroundings?.hosts ?? null) : null;
  return [
    stepsPane(scene, widths[0] ?? 80),
    whyPane(moment, now, widths[1] ?? 80),
    approvalsPane(moment.approvals, { now, isOfMany: false, columns: widths[2] ?? 80 }),
    hostsPane(hosts, now),
    logPane(scene, widths[4] ?? 80),
  ];
}

function stepsPane({ tail, index, moment, now, tick, filters }: ExecutionScene, columns: number): Pane {
  const filter = filters.Steps ?? '';
  const fold = tail.fold(index);
  const report = reportOf(fold, now);
  const isHeld = fold.status !== 'running' && fold.status !== 'rollingBack';
  const labels = report.phases.map(stepLabels);
  const longest = Math.max(10, ...labels.flatMap((each) => [...each.values()].map(textWidth)));
  // The state stays in sight.
  const width = Math.min(34, longest, Math.max(10, columns - 32));
  const rows = report.phases.flatMap((phase, at): Row[] => {
    const names = labels[at];
    const steps = phase.steps.filter((step) =>
      fits(filter, [step.id, names?.get(step.id), step.status, lookOf(step.status).word, phase.name]),
    );
    if (filter !== '' && steps.length === 0) return [];
    // Of phases that are not begun only the name is news.
    const isOpen = isActive(phase) || phase.startedAt !== null || filter !== '';
    return [
      { id: `phase:${phase.name}`, segments: phaseSegments(phase, report, width, now) },
      ...(isOpen
        ? steps.map((step) => ({
            id: `step:${step.id}`,
            segments: stepSegments(step, {
              label: names?.get(step.id) ?? step.id,
              labelWidth: width,
              now,
              tick: index === null ? tick : 0,
              progress: index === null ? tail.progress.get(step.id) : undefined,
              isHeld,
              isOver: isOver(phase, report),
            }),
          }))
        : []),
    ];
  });
  const { succeeded, total, failed } = moment.steps;
  const count = `${succeeded}/${total} done${failed === 0 ? '' : `, ${failed} failed`}`;
  return listPane('Steps', rows, {
    note: filter === '' ? count : `${count}  /${filter}`,
    empty: filter === '' ? 'The task has no steps.' : 'No step is like that.',
  });
}

function phaseSegments(
  phase: ExecutionReport['phases'][number],
  report: ExecutionReport,
  width: number,
  now: number,
): readonly Segment[] {
  // A phase's label takes four columns more than a step's, which is indented by as many; here by two.
  const segments = phaseRow(phase, width - 2, now);
  if (!isOver(phase, report) || phase.startedAt !== null) return segments;
  const { glyph, word, colour } = lookWhenOver(phase.status);
  return [[glyph, colour], segments[1] ?? [''], [word, colour]];
}

interface StepLook {
  readonly label: string;
  readonly labelWidth: number;
  readonly now: number;
  readonly tick: number;
  readonly progress: string | undefined;
  readonly isHeld: boolean;
  readonly isOver: boolean;
}

function stepSegments(step: StepReport, { isOver: over, ...look }: StepLook): readonly Segment[] {
  const [, sign, label, state, time, ...details] = stepRow(step, look);
  const shown = over ? lookWhenOver(step.status) : undefined;
  const host = step.claimedBy === undefined ? [] : [[`${shortHost(step.claimedBy)}  `, 'dim'] as const];
  return [
    ['  '],
    shown === undefined ? (sign ?? ['']) : [shown.glyph, shown.colour],
    label ?? [''],
    shown === undefined ? (state ?? ['']) : [padText(shown.word, 10), shown.colour],
    time ?? [''],
    ...host,
    ...details,
  ];
}

/** Hosts have long ids; the beginning tells them apart. */
function shortHost(host: string): string {
  return fitText(oneLine(host), 12);
}

function whyPane({ why, rollback }: Moment, now: number, columns: number): Pane {
  const rows: Row[] = why.reasons.flatMap(
    ({ text, who, since, until, otherwise, isAlarming, step }): Row[] => [
      ...wrapped(text, columns - 4).map(
        (line, at): Row => ({
          id: at === 0 && step !== null ? `step:${step}` : null,
          segments: [
            [at > 0 ? '  ' : isAlarming ? '! ' : '· ', isAlarming ? 'red' : 'dim'],
            [line, isAlarming ? 'bold' : undefined],
          ],
        }),
      ),
      ...(since === null && until === null
        ? []
        : [
            plain([
              [since === null ? '  ' : `  for ${durationInWords(Math.max(0, now - since))}`, 'dim'],
              [until === null ? '' : `, ${durationInWords(Math.max(0, until - now))} left`, 'yellow'],
            ]),
          ]),
      ...(who.length === 0 ? [] : note(`← ${who.join(', ')}`, columns)),
      ...(otherwise === null ? [] : note(otherwise, columns)),
    ],
  );
  const next = why.next.flatMap(({ at, what }): readonly Row[] => [
    plain([
      ['◷ ', 'dim'],
      [`in ${durationInWords(Math.max(0, at - now))}`, 'yellow'],
    ]),
    ...note(what, columns),
  ]);
  const undoing = (rollback?.plan ?? []).map(({ step, status, agent }): Row => {
    const { glyph, word, colour } = lookOf(status);
    return {
      id: `step:${step}`,
      segments: [
        [`${glyph} `, colour],
        [`undo ${step} `],
        [word, colour],
        [agent === null ? '' : `  ${agent}`, 'dim'],
      ],
    };
  });
  return listPane('Why', [...rows, ...undoing, ...next], {
    empty: oneLine(why.headline) || 'It goes on by itself.',
  });
}

/** What stands under a reason. */
function note(text: string, columns: number): readonly Row[] {
  return wrapped(text, columns - 4).map((line) => plain([['  '], [line, 'dim']]));
}

function wrapped(text: string, columns: number): readonly string[] {
  return wrapText(oneLine(text), Math.max(8, columns));
}

function logPane({ tail, index, filters }: ExecutionScene, columns: number): Pane {
  const filter = filters.Log ?? '';
  const upTo = index ?? tail.count;
  if (filter === '') {
    return {
      name: 'Log',
      count: upTo,
      row: (at) => logRow(rowAt(tail.reading, at + 1), columns),
      indexOf: (id) => (Number(id) <= upTo ? Number(id) - 1 : -1),
      followsEnd: true,
      empty: 'Nothing is recorded.',
    };
  }
  const options = { filter: { text: filter }, offset: 0, limit: Number.MAX_SAFE_INTEGER, upTo };
  const { rows } = logPageOf(tail.reading, options);
  return listPane(
    'Log',
    rows.map((row) => logRow(row, columns)),
    {
      note: `${rows.length} of ${upTo}  /${filter}`,
      followsEnd: true,
      empty: 'No record is like that.',
    },
  );
}

function logRow({ index, at, type, step, text, refusal }: LogRow, columns: number): Row {
  const isBad = refusal !== null || type.endsWith('.failed') || type === 'claim.expired';
  return {
    id: String(index),
    segments: [
      [`${clockTime(at).slice(0, columns < 90 ? 8 : undefined)} `, 'dim'],
      [padText(oneLine(type), 20), isBad ? 'red' : type.startsWith('step.succ') ? 'green' : undefined],
      [` ${padText(oneLine(step ?? ''), columns < 90 ? 16 : 24)} `, 'cyan'],
      [oneLine(text)],
      [refusal === null ? '' : `  refused: ${refusal}`, 'red'],
    ],
  };
}

/** All about one step, as rows to scroll through. */
export function stepPane(detail: StepDetail, columns: number, now: number): Pane {
  const { report, attempts, why, ballots } = detail;
  const { glyph, word, colour } = lookOf(report.status);
  const heading = (text: string): readonly Row[] => [plain([['']]), plain([[text, 'bold']])];
  const value = (json: Json): readonly Row[] =>
    valueLines(json, { columns: Math.max(10, columns - 4), maxLines: 400 }).map((line) =>
      plain([['  '], [line]]),
    );
  const rows: readonly Row[] = [
    plain([
      [`${glyph} ${word}`, colour],
      [`  ${report.kind}${report.agent === null ? '' : ` by ${oneLine(report.agent)}`}`],
      [report.claimedBy === undefined ? '' : `  held by ${oneLine(report.claimedBy)}`, 'cyan'],
      [report.kept === undefined ? '' : `  kept from ${report.kept}`, 'dim'],
      [report.durationMs === null ? '' : `  ${durationInWords(report.durationMs)}`, 'dim'],
    ]),
    ...why.map(({ text, isAlarming }) =>
      plain([[isAlarming ? '! ' : '· ', isAlarming ? 'red' : 'dim'], [oneLine(text)]]),
    ),
    ...(attempts.length === 0 ? [] : heading('Attempts')),
    ...attempts.map((attempt) =>
      plain([
        [`  ${attempt.attempt}  `],
        [
          `${attempt.outcome ?? 'at work'}  `,
          attempt.outcome === 'succeeded' ? 'green' : attempt.outcome === null ? 'cyan' : 'red',
        ],
        [
          `${durationInWords(Math.max(0, (attempt.endedAt ?? now) - attempt.claimedAt))} on ${oneLine(attempt.host)}  `,
          'dim',
        ],
        [
          attempt.error === undefined ? '' : oneLine(`${attempt.error.class}: ${attempt.error.message}`),
          'red',
        ],
      ]),
    ),
    ...(ballots.length === 0 ? [] : heading('Ballots')),
    ...ballots.map(({ round, voter, vote, reason }) =>
      plain([
        [`  round ${round}  `, 'dim'],
        [`${padText(oneLine(voter), 24)} `],
        [oneLine(vote), 'bold'],
        [reason === null ? '' : `  ${oneLine(reason)}`, 'dim'],
      ]),
    ),
    ...(report.error === null
      ? []
      : [
          ...heading('Error'),
          ...harmless(`${report.error.class}: ${report.error.message}`)
            .split('\n')
            .map((line) => plain([['  '], [line, 'red']])),
        ]),
    ...(report.status === 'succeeded' ? [...heading('Output'), ...value(report.output)] : []),
    ...(detail.input === null ? [] : [...heading('Input'), ...value(detail.input)]),
  ];
  return listPane(`Step ${oneLine(detail.id)}`, rows, { note: oneLine(detail.phase), empty: '' });
}

function plain(segments: readonly Segment[]): Row {
  return { id: null, segments };
}

/** The first lines of the screen: what it is, how it stands, and why. */
export function headSegments(
  {
    execution,
    task,
    status,
    startedAt,
    endedAt,
    steps,
    index,
    count,
    isLive,
    why,
    reason,
    error,
    rerunOf,
  }: Moment,
  now: number,
): readonly (readonly Segment[])[] {
  const { glyph, word, colour } = lookOf(status);
  const took = durationInWords(Math.max(0, (endedAt ?? now) - startedAt));
  const place: Segment = isLive ? ['LIVE', 'green'] : [`PAST ${index}/${count}`, 'yellow'];
  const said = error === null ? (reason ?? why.headline) : error.message;
  return [
    [
      [`${glyph} ${word}`, colour],
      [` ${took}  `],
      place,
      [`  ${oneLine(task)}`, 'bold'],
      [` ${execution}`, 'dim'],
      [`  ${steps.succeeded}/${steps.total}`, 'dim'],
      [rerunOf === null ? '' : `  ${rerunOf.execution} again`, 'dim'],
    ],
    [
      [
        oneLine(said),
        error === null
          ? why.kind === 'person'
            ? 'magenta'
            : why.kind === 'dead'
              ? 'red'
              : undefined
          : 'red',
      ],
    ],
  ];
}

/** Polls in which a person may vote now, by the step. */
export function openPolls(fold: Fold): readonly string[] {
  return [...fold.world.steps]
    .filter(([, actor]) => actor.src === 'consensus' && actor.getSnapshot().value === 'voting')
    .map(([run]) => run);
}
