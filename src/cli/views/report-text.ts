import type { ExecutionReport } from '../../engine/report.ts';
import type { Json } from '../../json.ts';
import { oneLine, padText, textWidth } from '../terminal/text-width.ts';
import { counted, durationInWords } from '../words.ts';
import type { ReportDocument } from './report-document.ts';
import { heading, labelled, line, type Page, roomBehindLabel } from './report-page.ts';
import { phaseLines } from './report-phases.ts';
import { agoInWords, localTime } from './report-time.ts';
import { timeTable } from './report-timeline.ts';
import { rollbackLines } from './rollback-lines.ts';
import { lookOf } from './states.ts';
import { valueLines } from './value-lines.ts';

/** The report of an execution for a terminal: what it is, its phases and steps, where the time went, what came of it. */
export function reportLines(
  document: ReportDocument,
  page: Page,
  command: Command,
  goOn = command('resume', document.report.execution),
): readonly string[] {
  const { report, time } = document;
  return [
    ...headLines(document, page, goOn),
    ...heading(page, 'Phases'),
    ...report.phases.flatMap((phase) => phaseLines(phase, document, page)),
    ...heading(page, 'Where the time went'),
    ...timeTable(document, time, page),
    ...checkpointLines(report, page),
    ...rollbackLines(report, page),
    ...outputLines(report, page, command),
  ];
}

function headLines(document: ReportDocument, page: Page, goOn: string): readonly string[] {
  const { report, time, isDriven } = document;
  const { glyph, word, colour } = lookOf(report.status);
  const startedAt = Date.parse(report.startedAt);
  const room = roomBehindLabel(page);
  const text = (value: string): readonly string[] => valueLines(value, { columns: room, maxLines: 12 });
  const took = [
    `${durationInWords(time.totalMs)}: agents at work for ${durationInWords(time.workingMs)}`,
    `waiting for ${durationInWords(time.waitingMs)}`,
  ].join(', ');
  return [
    line(
      page,
      [`${glyph} ${word}`, colour],
      ['  '],
      [oneLine(report.task), 'bold'],
      [` ${report.version}`, 'dim'],
    ),
    ...labelled(page, 'Execution', [report.execution]),
    ...(report.rerunOf === undefined ? [] : labelled(page, 'Again', text(rerunInWords(report.rerunOf)))),
    ...labelled(page, 'Started', [`${localTime(startedAt)}, ${agoInWords(page.now - startedAt)}`]),
    ...labelled(page, report.finishedAt === null ? 'So far' : 'Took', text(took)),
    ...labelled(page, 'Used', text(usageInWords(report))),
    ...(report.reason === undefined ? [] : labelled(page, 'Reason', text(report.reason))),
    ...(report.error === null ? [] : labelled(page, 'Error', errorText(report, text), 'red')),
    ...(report.degraded ? labelled(page, 'Degraded', text(DEGRADED), 'yellow') : []),
    ...refusedLines(report, page, text),
    ...(isDriven ? [] : labelled(page, 'Stopped', text(`no process drives it; ${goOn} goes on`), 'yellow')),
    ...labelled(page, 'Input', valueLines(report.input, { columns: room, maxLines: 12 })),
  ];
}

/** The command line to type for a command about an execution. */
type Command = (command: string, execution: string, ...rest: readonly string[]) => string;

const DEGRADED = 'some agents failed in phases that completed without them';

function errorText(
  { error }: ExecutionReport,
  text: (value: string) => readonly string[],
): readonly string[] {
  if (error === null) return [];
  const place = [error.phase, error.step].filter((part) => part !== undefined).map((part) => `in ${part}`);
  const at = place.length === 0 ? '' : ` (${place.join(', ')})`;
  return text(`${error.message}${at} [${error.code}]`);
}

/** What the agents took, beside the time: `4.1 s of agents' work in 12 attempts, 1200 tokens, 0.02 USD`. */
function usageInWords({ usage, phases }: ExecutionReport): string {
  const attempts = phases
    .flatMap(({ steps }) => steps)
    .reduce((sum, step) => sum + (step.kind === 'agent' ? step.attempts : 0), 0);
  return [
    `${durationInWords(usage.timeMs)} of agents' work in ${counted(attempts, 'attempt')}`,
    ...(usage.tokens === 0 ? [] : [counted(usage.tokens, 'token')]),
    ...(usage.usd === 0 ? [] : [`${usage.usd} USD`]),
  ].join(', ');
}

/** Refused records changed nothing; they are counted so that nobody has to wonder. */
function refusedLines(
  { refused }: ExecutionReport,
  page: Page,
  text: (value: string) => readonly string[],
): readonly string[] {
  const counts = Object.entries(refused);
  if (counts.length === 0) return [];
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const reasons = counts.map(([reason, count]) => `${reason} ${count}`).join(', ');
  return labelled(page, 'Refused', text(`${counted(total, 'record')} without effect: ${reasons}`));
}

function checkpointLines({ checkpoints }: ExecutionReport, page: Page): readonly string[] {
  if (checkpoints.length === 0) return [];
  const width = Math.max(...checkpoints.map(({ name }) => textWidth(oneLine(name))));
  return [
    ...heading(page, 'Checkpoints'),
    ...checkpoints.map(({ name, position, at }) =>
      line(
        page,
        [`  ${padText(oneLine(name), width)}`],
        [`  at record ${position}, ${localTime(at)}`, 'dim'],
      ),
    ),
  ];
}

function outputLines(
  { outputs, execution }: ExecutionReport,
  page: Page,
  command: Command,
): readonly string[] {
  const names = Object.keys(outputs);
  if (names.length === 0) return [];
  return [
    ...heading(page, 'Outputs'),
    ...names.flatMap((name) =>
      namedValue(name, outputs[name] ?? null, command('show', execution, '--markdown'), page),
    ),
  ];
}

function namedValue(name: string, value: Json, inFull: string, page: Page): readonly string[] {
  if (typeof value === 'string' && value.split('\n').length > LONG_TEXT_LINES) {
    const about = `a text of ${counted(value.split('\n').length, 'line')}`;
    return [
      line(page, [`  ${oneLine(name)}: `], [about, 'dim']),
      line(page, [`    ${inFull} writes it`, 'dim']),
    ];
  }
  const lines = valueLines({ [name]: value }, { columns: page.width - 2, maxLines: LONG_TEXT_LINES });
  return lines.map((text) => `  ${text}`.trimEnd());
}

const LONG_TEXT_LINES = 24;

function rerunInWords({ execution, from }: NonNullable<ExecutionReport['rerunOf']>): string {
  return from === undefined ? `${execution} run again` : `${execution} run again, from ${from}`;
}
