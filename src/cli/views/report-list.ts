import type { HistoryEntry } from '../../history/entry.ts';
import type { Output } from '../output.ts';
import { oneLine, textWidth } from '../terminal/text-width.ts';
import { durationInWords } from '../words.ts';
import { tableLines } from './report-table.ts';
import { agoInWords } from './report-time.ts';
import type { Segment } from './segments.ts';
import { composeLine } from './segments.ts';
import { lookOf } from './states.ts';

export interface ListedExecution extends HistoryEntry {
  /** False for one that has not ended while no living process drives it. */
  readonly isDriven: boolean;
}

interface ListPage {
  readonly now: number;
  readonly output: Output;
  /** The command line to type for an execution that nobody drives. */
  readonly goOn: (execution: string) => string;
}

/**
 * Executions as a table. What each waits for, or why it failed, stands behind it where there is room, else under it; where it does
 * not go to a terminal nothing is cut.
 */
export function executionTable(
  executions: readonly ListedExecution[],
  { now, output, goOn }: ListPage,
): string[] {
  const width = output.isTerminal ? output.columns : Number.POSITIVE_INFINITY;
  const { style } = output;
  const rows = executions.map((execution): readonly Segment[] => {
    const { glyph, word, colour } = stateOf(execution);
    return [
      [`${glyph} ${word}`, colour],
      [execution.id],
      [oneLine(execution.task)],
      [agoInWords(now - execution.startedAt), 'dim'],
      [durationInWords(Math.max(0, execution.durationMs ?? now - execution.startedAt)), 'dim'],
    ];
  });
  const lines = tableLines(COLUMNS, rows, { width, style });
  const room = width - Math.max(...lines.map(textWidth)) - 2;
  const [head = '', ...body] = lines;
  return [
    head,
    ...body.flatMap((line, at) => {
      const detail = detailOf(executions[at], goOn);
      if (detail === undefined) return [line];
      if (room >= textWidth(detail[0])) {
        const gap = ' '.repeat(width === Number.POSITIVE_INFINITY ? 2 : width - room - textWidth(line));
        return [line + gap + composeLine([detail], room, style)];
      }
      return [line, composeLine([['  '], detail], width, style)];
    }),
  ];
}

const COLUMNS = [
  { head: 'status' },
  { head: 'execution' },
  { head: 'task', least: 8 },
  { head: 'started' },
  { head: 'took', align: 'right' },
] as const;

/** One that nobody drives is not running, whatever the log says last. */
function stateOf({ status, isDriven, degraded }: ListedExecution): ReturnType<typeof lookOf> {
  if (!isDriven && (status === 'running' || status === 'pausing' || status === 'rollingBack')) {
    return { glyph: '‖', word: 'stopped', colour: 'yellow' };
  }
  const look = lookOf(status);
  return degraded && status === 'completed' ? { ...look, word: 'degraded', colour: 'yellow' } : look;
}

function detailOf(execution: ListedExecution | undefined, goOn: ListPage['goOn']): Segment | undefined {
  if (execution === undefined) return undefined;
  const { id, error, waitsFor, isDriven, status } = execution;
  if (error !== null) return [oneLine(error.message), 'red'];
  if (!isDriven && status !== 'suspended') return [`${goOn(id)} goes on with it`, 'yellow'];
  return waitsFor === null ? undefined : [`waits for ${oneLine(waitsFor)}`, 'dim'];
}
