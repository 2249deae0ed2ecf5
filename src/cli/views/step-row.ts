import type { PhaseReport, StepReport } from '../../engine/report.ts';
import { oneLine, padText, textWidth } from '../terminal/text-width.ts';
import { durationInWords } from '../words.ts';
import type { Segment } from './segments.ts';
import { lookOf } from './states.ts';

export interface StepRowOptions {
  readonly label: string;
  readonly labelWidth: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Raised with every drawing; turns the sign of a step at work. */
  readonly tick: number;
  /** What its agent said last. */
  readonly progress?: string | undefined;
}

/** Sign, label, state, time, and what there is to know about the step. */
export function stepRow(step: StepReport, options: StepRowOptions): readonly Segment[] {
  const { glyph, word, colour } = lookOf(step.status);
  const isAtWork = step.status === 'claimed' || step.status === 'evaluating';
  const sign = isAtWork ? (SPINNER[options.tick % SPINNER.length] ?? glyph) : glyph;
  return [
    ['    '],
    [sign, colour],
    [` ${padText(options.label, options.labelWidth)}  `],
    [padText(word, STATE_WIDTH), colour],
    [` ${timeOf(step, options.now).padStart(TIME_WIDTH)}  `, 'dim'],
    ...detailOf(step, options.progress),
  ];
}

/** Wide enough for the words of steps and phases that stay for long. */
export const STATE_WIDTH = 10;
export const TIME_WIDTH = 10;

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** The agent, numbered where it has several steps in the phase; a step without an agent by its kind and title. */
export function stepLabels(phase: PhaseReport): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  for (const { agent } of phase.steps) if (agent !== null) counts.set(agent, (counts.get(agent) ?? 0) + 1);
  const seen = new Map<string, number>();
  return new Map(
    phase.steps.map((step) => {
      if (step.agent === null) return [step.id, oneLine(`${step.kind} ${step.title}`)];
      const number = (seen.get(step.agent) ?? 0) + 1;
      seen.set(step.agent, number);
      return [step.id, (counts.get(step.agent) ?? 0) > 1 ? `${step.agent} #${number}` : step.agent];
    }),
  );
}

export function widestLabel(labels: Iterable<string>): number {
  let width = 0;
  for (const label of labels) width = Math.max(width, textWidth(label));
  return width;
}

function timeOf(step: StepReport, now: number): string {
  if (step.startedAt === null) return '';
  const ms = step.finishedAt === null ? now - Date.parse(step.startedAt) : (step.durationMs ?? 0);
  return durationInWords(Math.max(0, ms));
}

function detailOf(step: StepReport, progress: string | undefined): readonly Segment[] {
  const attempt: readonly Segment[] = step.attempts > 1 ? [[`attempt ${step.attempts} `, 'yellow']] : [];
  switch (step.status) {
    case 'claimed':
    case 'draining':
      return [...attempt, [progress ?? '', 'dim']];
    case 'backingOff':
      return [[`attempt ${step.attempts} failed: ${problemOf(step)}`, 'yellow']];
    case 'waiting':
    case 'offered':
      return [...attempt, [step.waitsFor === undefined ? '' : `for ${step.waitsFor}`, 'dim']];
    case 'failed':
      return [...attempt, [problemOf(step), 'red']];
    default:
      return attempt;
  }
}

function problemOf({ error }: StepReport): string {
  return error === null ? '' : oneLine(`${error.class}: ${error.message}`);
}
