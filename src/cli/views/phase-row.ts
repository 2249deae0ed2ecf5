import type { ExecutionReport, PhaseReport } from '../../engine/report.ts';
import { oneLine, padText } from '../terminal/text-width.ts';
import { counted, durationInWords } from '../words.ts';
import type { Segment } from './segments.ts';
import { lookOf } from './states.ts';
import { STATE_WIDTH, TIME_WIDTH } from './step-row.ts';

/** Sign, name, state, time and the count of its steps. The name takes two columns more than a step's label, which is indented. */
export function phaseRow(phase: PhaseReport, labelWidth: number, now: number): readonly Segment[] {
  const { glyph, word, colour } = lookOf(phase.status === 'waiting' ? 'deciding' : phase.status);
  return [
    [glyph, colour],
    [` ${padText(oneLine(phase.name), labelWidth + 4)}  `, isActive(phase) ? 'bold' : undefined],
    [padText(word, STATE_WIDTH), colour],
    [` ${timeOf(phase, now).padStart(TIME_WIDTH)}  `, 'dim'],
    ...detailOf(phase),
  ];
}

/** Has begun and not ended. */
export function isActive({ status }: PhaseReport): boolean {
  return !ENDED.has(status) && !TO_COME.has(status);
}

export function hasEnded({ status }: PhaseReport): boolean {
  return ENDED.has(status);
}

/** Nothing of it is to come: it has ended, or the execution has. */
export function isOver(phase: PhaseReport, { finishedAt }: Pick<ExecutionReport, 'finishedAt'>): boolean {
  return hasEnded(phase) || finishedAt !== null;
}

const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'skipped', 'cancelled']);
const TO_COME: ReadonlySet<string> = new Set(['pending', 'waiting', 'deciding']);

function timeOf(phase: PhaseReport, now: number): string {
  if (phase.startedAt === null) return '';
  const ms = phase.finishedAt === null ? now - Date.parse(phase.startedAt) : (phase.durationMs ?? 0);
  return durationInWords(Math.max(0, ms));
}

function detailOf(phase: PhaseReport): readonly Segment[] {
  if (phase.status === 'failed' && phase.error !== null) return [[oneLine(phase.error.message), 'red']];
  const { steps } = phase;
  if (steps.length === 0 || TO_COME.has(phase.status) || phase.status === 'skipped') return [];
  const done = steps.filter(({ status }) => status === 'succeeded').length;
  const failed = steps.filter(({ status }) => status === 'failed').length;
  const count = done === steps.length ? counted(done, 'step') : `${done} of ${counted(steps.length, 'step')}`;
  return [
    [count, 'dim'],
    ...(failed === 0 ? [] : [[`, ${failed} failed`, 'red'] as const]),
    ...(phase.degraded ? [[' · degraded', 'yellow'] as const] : []),
  ];
}
