import type { PhaseReport, StepReport } from '../../engine/report.ts';
import { fitText, oneLine, padText, textWidth } from '../terminal/text-width.ts';
import { durationInWords } from '../words.ts';
import type { Segment } from './segments.ts';
import { lookOf, originOf } from './states.ts';

export interface StepRowOptions {
  readonly label: string;
  readonly labelWidth: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Raised with every drawing; turns the sign of a step at work. */
  readonly tick: number;
  /** What its agent said last. */
  readonly progress?: string | undefined;
  /** Nothing is given out now: the execution is paused or about to be. */
  readonly isHeld?: boolean | undefined;
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
    ...detailOf(step, options),
  ];
}

/** Wide enough for the words of steps and phases that stay for long. */
export const STATE_WIDTH = 10;
export const TIME_WIDTH = 10;

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/**
 * What a step is called in its phase: by its agent; where the agent has several steps there, with what it is to do, or with a number
 * where that is the same. A step without an agent by its kind and title.
 */
export function stepLabels(phase: PhaseReport): ReadonlyMap<string, string> {
  const ofAgent = Map.groupBy(phase.steps, ({ agent }) => agent);
  return new Map(
    [...ofAgent].flatMap(([agent, steps]) => {
      if (agent === null) return steps.map((step) => [step.id, titled(step.kind, step)] as const);
      if (steps.length === 1) return steps.map((step) => [step.id, agent] as const);
      const hasTitles = new Set(steps.map(({ title }) => title)).size === steps.length;
      return steps.map(
        (step, index) => [step.id, hasTitles ? titled(agent, step) : `${agent} #${index + 1}`] as const,
      );
    }),
  );
}

function titled(name: string, { title }: StepReport): string {
  return fitText(oneLine(`${name} ${title}`), LONGEST_LABEL);
}

/** Titles may be expressions; they must not take the room of what agents say. */
const LONGEST_LABEL = 36;

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

function detailOf(step: StepReport, { progress, now, isHeld }: StepRowOptions): readonly Segment[] {
  const attempt: readonly Segment[] = step.attempts > 1 ? [[`attempt ${step.attempts} `, 'yellow']] : [];
  const waitsFor: readonly Segment[] = step.waitsFor === undefined ? [] : [[`for ${step.waitsFor}`, 'dim']];
  switch (step.status) {
    case 'claimed':
    case 'draining':
      return [...attempt, [progress ?? '', 'dim']];
    case 'backingOff':
      return [[`attempt ${step.attempts} failed: ${problemOf(step)}`, 'yellow']];
    case 'offered':
      // Every step is offered for a moment; one for whom nobody comes should say so.
      return isHeld || now - Date.parse(step.startedAt ?? '') < PATIENCE_MS
        ? attempt
        : [...attempt, ...waitsFor];
    case 'waiting':
    case 'asking':
    case 'voting':
    case 'revealing':
      return waitsFor;
    case 'failed':
      return [...attempt, [problemOf(step), 'red']];
    case 'succeeded':
      if (step.completedBy !== undefined)
        return [...attempt, [`completed by hand by ${oneLine(step.completedBy)}`, 'dim']];
      return originOf(step) === undefined ? attempt : [...attempt, [originOf(step) ?? '', 'dim']];
    default:
      return attempt;
  }
}

const PATIENCE_MS = 2000;

function problemOf({ error }: StepReport): string {
  return error === null ? '' : oneLine(`${error.class}: ${error.message}`);
}
