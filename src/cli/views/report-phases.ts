import type { PhaseReport, StepReport } from '../../engine/report.ts';
import type { Attempt } from '../../history/story.ts';
import { isArtifactRef } from '../../json.ts';
import { oneLine, textWidth } from '../terminal/text-width.ts';
import { counted, durationInWords } from '../words.ts';
import type { ReportDocument } from './report-document.ts';
import { line, type Page } from './report-page.ts';
import type { Segment } from './segments.ts';
import { lookOf } from './states.ts';
import { stepLabels } from './step-row.ts';
import { valueLines } from './value-lines.ts';

/** A phase and its steps, those that did not succeed before the others where there are too many to show all. */
export function phaseLines(phase: PhaseReport, document: ReportDocument, page: Page): readonly string[] {
  const { glyph, word, colour } = lookOf(phase.status);
  const took = phase.durationMs === null ? '' : `  ${durationInWords(phase.durationMs)}`;
  const head: readonly Segment[] = [
    ['  '],
    [glyph, colour],
    [` ${oneLine(phase.name)}`, 'bold'],
    [`  ${word}`, colour],
    [took, 'dim'],
    ...(phase.degraded ? [['  degraded', 'yellow'] as const] : []),
  ];
  const labels = stepLabels(phase);
  const shown = stepsToShow(phase.steps);
  const hidden = phase.steps.length - shown.length;
  return [
    line(page, ...head),
    ...(phase.error === null ? [] : indented(page, phase.error.message, 6, 'red')),
    ...shown.flatMap((step) => stepLines(step, labels.get(step.id) ?? step.id, document, page)),
    ...(hidden === 0 ? [] : [line(page, [`      … ${counted(hidden, 'step')} more that succeeded`, 'dim'])]),
  ];
}

/** Sign, label, state and time; what it waits for; its attempts where there is more to say than that it worked; its output. */
export function stepLines(
  step: StepReport,
  label: string,
  {
    attempts,
    time,
    isVerbose = false,
  }: Pick<ReportDocument, 'attempts' | 'time'> & { readonly isVerbose?: boolean },
  page: Page,
): readonly string[] {
  const { glyph, word, colour } = lookOf(step.status);
  const own = attempts.filter((attempt) => attempt.step === step.id);
  return [
    line(
      page,
      ['      '],
      [glyph, colour],
      [` ${label}`],
      [`  ${word}`, colour],
      [timeOf(step, time.steps), 'dim'],
      [label === step.id ? '' : `  ${step.id}`, 'dim'],
    ),
    ...(step.waitsFor === undefined ? [] : indented(page, `waits for ${step.waitsFor}`, 10, 'yellow')),
    ...(isVerbose || own.length > 1 || own.some(({ outcome }) => outcome === 'failed')
      ? own.flatMap((attempt) => attemptLines(attempt, page))
      : []),
    ...(step.error !== null && own.at(-1)?.error?.message !== step.error.message
      ? indented(page, `${step.error.class}: ${step.error.message}`, 10, 'red')
      : []),
    ...outputPreview(step, page),
  ];
}

/** Beyond this many of one phase, those that succeeded are only counted. */
const MAX_STEPS = 40;

function stepsToShow(steps: readonly StepReport[]): readonly StepReport[] {
  if (steps.length <= MAX_STEPS) return steps;
  const first = steps.filter(({ status }) => status !== 'succeeded').slice(0, MAX_STEPS);
  const room = MAX_STEPS - first.length;
  const shown = new Set([...first, ...steps.filter(({ status }) => status === 'succeeded').slice(0, room)]);
  return steps.filter((step) => shown.has(step));
}

function timeOf(step: StepReport, times: ReportDocument['time']['steps']): string {
  if (step.durationMs === null) return '';
  const waitedMs = step.kind === 'agent' ? (times.get(step.id)?.waitingMs ?? 0) : 0;
  const waited = waitedMs < NOTABLE_WAIT_MS ? '' : `, ${durationInWords(waitedMs)} of it waiting`;
  return `  ${durationInWords(step.durationMs)}${waited}`;
}

/** Shorter waits are what claiming takes. */
const NOTABLE_WAIT_MS = 100;

function attemptLines(
  { attempt, host, claimedAt, endedAt, outcome, error }: Attempt,
  page: Page,
): readonly string[] {
  const took = endedAt === null ? '' : ` after ${durationInWords(endedAt - claimedAt)}`;
  const why = error === undefined ? '' : `: ${error.class}: ${oneLine(error.message)}`;
  const where = outcome === 'expired' ? ` ${host}` : '';
  const mark = outcome === 'succeeded' ? 'green' : outcome === null ? 'cyan' : 'yellow';
  return indented(
    page,
    `attempt ${attempt} ${OUTCOMES[outcome ?? 'working']}${where}${took}${why}`,
    10,
    mark,
  );
}

const OUTCOMES = {
  succeeded: 'succeeded',
  failed: 'failed',
  released: 'was stopped',
  expired: 'was lost with its host',
  working: 'is at work',
} as const;

function outputPreview(step: StepReport, page: Page): readonly string[] {
  const { output, kind } = step;
  if (output === null || step.status !== 'succeeded' || kind === 'validation') return [];
  if (isArtifactRef(output))
    return indented(page, `output: ${valueLines(output, { columns: 60, maxLines: 1 })[0]}`, 10);
  const columns = page.width - 10;
  return valueLines(output, { columns, maxLines: OUTPUT_LINES }).map((text) =>
    line(page, [' '.repeat(10)], [text, 'dim']),
  );
}

const OUTPUT_LINES = 4;

/** A text in lines that fit behind the indent. */
function indented(
  page: Page,
  text: string,
  by: number,
  mark?: 'red' | 'yellow' | 'green' | 'cyan',
): readonly string[] {
  const lines = valueLines(oneLine(text), { columns: Math.max(20, page.width - by), maxLines: 8 });
  return lines.filter((one) => textWidth(one) > 0).map((one) => line(page, [' '.repeat(by)], [one, mark]));
}
