import type { PhaseReport, StepReport } from '../../engine/report.ts';
import { oneLine, textWidth } from '../terminal/text-width.ts';
import { counted, durationInWords } from '../words.ts';
import { isOver } from './phase-row.ts';
import type { ReportDocument } from './report-document.ts';
import { indented, line, type Page } from './report-page.ts';
import { stepLines } from './report-steps.ts';
import { lookOf, lookWhenOver } from './states.ts';
import { stepLabels } from './step-row.ts';

/** A phase and its steps, those that did not succeed before the others where there are too many to show all. */
export function phaseLines(phase: PhaseReport, document: ReportDocument, page: Page): readonly string[] {
  const labels = stepLabels(phase);
  const over = isOver(phase, document.report);
  const shown = stepsToShow(phase.steps);
  const hidden = phase.steps.length - shown.length;
  const labelOf = (step: StepReport): string => labels.get(step.id) ?? step.id;
  const labelWidth = Math.min(MAX_LABEL, Math.max(0, ...shown.map((step) => textWidth(labelOf(step)))));
  return [
    headLine(phase, over, page),
    ...(phase.error === null ? [] : indented(page, phase.error.message, 6, 'red')),
    ...(phase.deviations ?? []).flatMap(({ message, reaction, decision }) =>
      indented(
        page,
        `${message} (${reaction}${decision === undefined ? '' : answerInWords(decision)})`,
        6,
        'yellow',
      ),
    ),
    ...shown.flatMap((step) =>
      stepLines(step, { label: labelOf(step), labelWidth }, { ...document, isOver: over }, page),
    ),
    ...(hidden === 0 ? [] : [line(page, [`      … ${counted(hidden, 'step')} more that succeeded`, 'dim'])]),
  ];
}

function headLine(phase: PhaseReport, over: boolean, page: Page): string {
  const { glyph, word, colour } = over ? lookWhenOver(phase.status) : lookOf(phase.status);
  return line(
    page,
    ['  '],
    [glyph, colour],
    [` ${oneLine(phase.name)}`, 'bold'],
    [`  ${word}`, colour],
    [phase.durationMs === null ? '' : `  ${durationInWords(phase.durationMs)}`, 'dim'],
    [phase.degraded ? '  degraded' : '', 'yellow'],
  );
}

/** Names of agents fit; what a validation checks is cut, `--step` has it whole. */
const MAX_LABEL = 32;

/** Beyond this many of one phase, those that succeeded are only counted. */
const MAX_STEPS = 40;

function stepsToShow(steps: readonly StepReport[]): readonly StepReport[] {
  if (steps.length <= MAX_STEPS) return steps;
  const first = steps.filter(({ status }) => status !== 'succeeded').slice(0, MAX_STEPS);
  const room = MAX_STEPS - first.length;
  const shown = new Set([...first, ...steps.filter(({ status }) => status === 'succeeded').slice(0, room)]);
  return steps.filter((step) => shown.has(step));
}

function answerInWords({
  approved,
  by,
}: {
  readonly approved: boolean;
  readonly by?: string | undefined;
}): string {
  return `: ${approved ? 'goes on' : 'ends here'}${by === undefined ? '' : `, by ${by}`}`;
}
