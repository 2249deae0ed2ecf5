import type { Attempt } from '../../history/story.ts';
import { oneLine, textWidth } from '../terminal/text-width.ts';
import { durationInWords } from '../words.ts';
import type { ReportDocument } from './report-document.ts';
import { line, type Page } from './report-page.ts';
import { tableLines } from './report-table.ts';
import type { PhaseTime, TimeSpent } from './report-time-spent.ts';

/** The phases side by side in time, and how much of it agents worked. */
export function timeTable(document: ReportDocument, time: TimeSpent, page: Page): readonly string[] {
  const begun = time.phases.filter(({ offsetMs }) => offsetMs !== null);
  if (begun.length === 0) return [line(page, ['  No phase has begun.', 'dim'])];
  const names = Math.max(...begun.map(({ name }) => textWidth(oneLine(name))));
  const cells = Math.min(40, Math.max(10, page.width - names - ROOM_FOR_TIMES));
  const stepsOf = new Map(
    document.report.phases.map(({ name, steps }) => [name, new Set(steps.map(({ id }) => id))]),
  );
  const rows = begun.map((phase) => {
    const attempts = document.attempts.filter(({ step }) => stepsOf.get(phase.name)?.has(step));
    return [
      [oneLine(phase.name)],
      [durationInWords(phase.totalMs)],
      [durationInWords(phase.workingMs)],
      [durationInWords(phase.waitingMs)],
      [bar(phase, attempts, document, cells), 'cyan'],
    ] as const;
  });
  const all = [['all'], [time.totalMs], [time.workingMs], [time.waitingMs]] as const;
  const sum = all.map(
    ([value]) => [typeof value === 'number' ? durationInWords(value) : value, 'bold'] as const,
  );
  return tableLines(COLUMNS, [...rows, sum], { width: page.width, style: page.style, indent: '  ' });
}

/** Three columns of times, the indent and the gaps. */
const ROOM_FOR_TIMES = 38;

const COLUMNS = [
  { head: 'phase', least: 12 },
  { head: 'took', align: 'right' },
  { head: 'at work', align: 'right' },
  { head: 'waiting', align: 'right' },
  { head: 'from start to end: █ at work, ░ waiting', least: 10 },
] as const;

/** `█` where an agent was at work, `░` where the phase ran without one, a space where it did not run. */
function bar(
  phase: PhaseTime,
  attempts: readonly Attempt[],
  { report, time }: ReportDocument,
  cells: number,
): string {
  const startedAt = Date.parse(report.startedAt);
  const cellMs = Math.max(time.totalMs, 1) / cells;
  const from = phase.offsetMs ?? 0;
  return Array.from({ length: cells }, (_, cell) => {
    const [begin, end] = [cell * cellMs, (cell + 1) * cellMs];
    const isRunning = overlaps(begin, end, from, from + phase.totalMs);
    if (!isRunning) return ' ';
    const isWorking = attempts.some(({ claimedAt, endedAt }) =>
      overlaps(begin, end, claimedAt - startedAt, (endedAt ?? startedAt + time.totalMs) - startedAt),
    );
    return isWorking ? '█' : '░';
  }).join('');
}

/** Moments without length count where they lie. */
function overlaps(begin: number, end: number, from: number, to: number): boolean {
  return from < end && (to > begin || (from === to && to >= begin));
}
