import type { PendingApproval } from '../../engine/pending-approvals.ts';
import type { HostPresence } from '../../ports/agent-directory.ts';
import { oneLine, padText, textWidth, wrapText } from '../terminal/text-width.ts';
import type { Segment } from '../views/segments.ts';
import { lookOf } from '../views/states.ts';
import { durationInWords } from '../words.ts';
import type { Board, BoardEntry } from './board.ts';
import { listPane, type Pane, type Row } from './pane.ts';

/** What is shown of a place with many executions. Pure. */
export function homePanes(
  board: Board,
  { filter, now, widths }: { filter: string; now: number; widths: readonly number[] },
): readonly Pane[] {
  return [
    executionsPane(board, filter, now),
    approvalsPane(board.approvals, { now, isOfMany: true, columns: widths[1] ?? 80 }),
    hostsPane(board.hosts, now),
  ];
}

function executionsPane({ entries, total }: Board, filter: string, now: number): Pane {
  const found = entries.filter((entry) => fits(filter, [entry.id, entry.task, entry.status, entry.waitsFor]));
  const widest = (texts: readonly string[], most: number): number =>
    Math.min(most, Math.max(4, ...texts.map(textWidth)));
  const widths = {
    id: widest(
      found.map(({ id }) => id),
      16,
    ),
    task: widest(
      found.map(({ task }) => oneLine(task)),
      30,
    ),
  };
  return listPane(
    'Executions',
    found.map((entry) => entryRow(entry, now, widths)),
    {
      note: filter === '' ? `${total}` : `${found.length} of ${total}  /${filter}`,
      empty: filter === '' ? 'None yet: troupe run FILE starts one.' : 'None is like that.',
    },
  );
}

function entryRow(
  entry: BoardEntry,
  now: number,
  widths: { readonly id: number; readonly task: number },
): Row {
  const { id, task, status, startedAt, endedAt, durationMs, attention, steps, waitsFor, isDriven, error } =
    entry;
  const { glyph, word, colour } = lookOf(status);
  const isAsked = attention === 'person';
  const took = durationInWords(Math.max(0, durationMs ?? now - startedAt));
  const progress = steps.total === 0 ? '' : `${steps.done}/${steps.total}`;
  return {
    id,
    segments: [
      isAsked ? ['☞', 'magenta'] : [glyph, colour],
      [` ${padText(id, widths.id)}  `, attention === 'ended' ? undefined : 'bold'],
      [`${padText(oneLine(task), widths.task)}  `],
      [padText(isAsked ? 'asks' : word, 11), isAsked ? 'magenta' : colour],
      [` ${took.padStart(10)} ${progress.padStart(7)}  `, 'dim'],
      ...(isDriven ? [] : [['nobody drives it  ', 'yellow'] as const]),
      ...detail(waitsFor, error?.message, endedAt, now),
    ],
  };
}

function detail(
  waitsFor: string | null,
  error: string | undefined,
  endedAt: number | null,
  now: number,
): readonly Segment[] {
  if (error !== undefined) return [[oneLine(error), 'red']];
  if (waitsFor !== null) return [[`waits for ${oneLine(waitsFor)}`, 'dim']];
  return endedAt === null ? [] : [[`${durationInWords(Math.max(0, now - endedAt))} ago`, 'dim']];
}

/** @param isOfMany of several executions, which are then named */
export function approvalsPane(
  approvals: readonly PendingApproval[],
  { now, isOfMany, columns }: { now: number; isOfMany: boolean; columns: number },
): Pane {
  const rows = approvals.flatMap((approval): readonly Row[] => {
    const { execution, step, question, since, deadline } = approval;
    const lines = wrapText(oneLine(question), Math.max(8, columns - 5)).slice(0, MOST_LINES);
    return [
      ...lines.map(
        (line, at): Row => ({
          id: at === 0 ? `${execution}/${step}` : null,
          segments: [
            [at === 0 ? '☞ ' : '  ', 'magenta'],
            [line, 'bold'],
          ],
        }),
      ),
      {
        id: null,
        segments: [
          [
            `  ${isOfMany ? execution : step}, ${who(approval)}, for ${durationInWords(Math.max(0, now - since))}`,
            'dim',
          ],
          [deadline === undefined ? '' : `, ${durationInWords(Math.max(0, deadline - now))} left`, 'yellow'],
        ],
      },
    ];
  });
  return listPane('Approvals', rows, {
    note: approvals.length === 0 ? '' : String(approvals.length),
    empty: 'Nobody is asked anything.',
  });
}

/** Of a question, in a list of them. */
const MOST_LINES = 3;

function who({ approvers }: PendingApproval): string {
  return approvers === undefined ? 'anybody' : oneLine(approvers.join(', '));
}

/** A host that was not seen for so long is told as silent. */
const SILENT_MS = 10_000;

export function hostsPane(hosts: readonly HostPresence[] | null, now: number): Pane {
  const rows = (hosts ?? []).flatMap(({ host, hostname, pid, roles, seenAt, attempts = [] }): Row[] => {
    const silentMs = now - seenAt;
    return [
      {
        id: host,
        segments: [
          silentMs > SILENT_MS ? ['✗ ', 'red'] : ['● ', 'green'],
          [oneLine(hostname), 'bold'],
          [`  process ${pid}  `, 'dim'],
          [`${roles.reduce((sum, { busy }) => sum + busy, 0)} at work`],
          ...(silentMs > SILENT_MS ? [[`  silent for ${durationInWords(silentMs)}`, 'red'] as const] : []),
        ],
      },
      ...roles.map(
        ({ role, busy, concurrency }): Row => ({
          id: null,
          segments: [
            [`  ${padText(oneLine(role), 24)} `],
            [`${busy}/${concurrency}`, busy > 0 ? 'cyan' : 'dim'],
            [
              `  ${attempts
                .filter((attempt) => attempt.role === role)
                .map((attempt) => oneLine(attempt.step))
                .slice(0, 3)
                .join(', ')}`,
              'dim',
            ],
          ],
        }),
      ),
    ];
  });
  return listPane('Agents', rows, {
    note: hosts === null ? '' : `${hosts.length}`,
    empty: hosts === null ? 'It is not known who is there.' : 'No host offers agents.',
  });
}

/** Whether a text is in any of these, whatever the case. */
export function fits(filter: string, texts: readonly (string | null | undefined)[]): boolean {
  const wanted = filter.toLowerCase();
  return wanted === '' || texts.some((text) => text?.toLowerCase().includes(wanted) === true);
}
