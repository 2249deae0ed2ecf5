import { z } from 'zod';
import { ATTENTIONS, type Attention } from './attention.ts';
import type { HistoryEntry } from './entry.ts';
import type { Span } from './store.ts';

/** The columns of an execution, in the order in which they are written. */
export const COLUMNS = [
  'id',
  'task',
  'version',
  'status',
  'started_at',
  'ended_at',
  'duration_ms',
  'phases_total',
  'phases_running',
  'phases_completed',
  'phases_failed',
  'phases_skipped',
  'phases_cancelled',
  'degraded',
  'error_code',
  'error_message',
  'waits_for',
  'rerun_of',
  'rerun_from',
  'position',
  'attention',
  'steps_total',
  'steps_done',
  'tokens',
  'usd',
  'working_ms',
] as const;

/** The values of {@link COLUMNS}. */
export function valuesOf(entry: HistoryEntry): (string | number | null)[] {
  const { phases, error } = entry;
  return [
    entry.id,
    entry.task,
    entry.version,
    entry.status,
    entry.startedAt,
    entry.endedAt,
    entry.durationMs,
    phases.total,
    phases.running,
    phases.completed,
    phases.failed,
    phases.skipped,
    phases.cancelled,
    entry.degraded ? 1 : 0,
    error?.code ?? null,
    error?.message ?? null,
    entry.waitsFor,
    entry.rerunOf?.execution ?? null,
    entry.rerunOf?.from ?? null,
    entry.position,
    ATTENTIONS.indexOf(entry.attention),
    entry.steps.total,
    entry.steps.done,
    entry.usage.tokens,
    entry.usage.usd,
    entry.usage.timeMs,
  ];
}

const rowSchema = z.object({
  id: z.string(),
  task: z.string(),
  version: z.string(),
  status: z.string(),
  started_at: z.number(),
  ended_at: z.number().nullable(),
  duration_ms: z.number().nullable(),
  phases_total: z.number(),
  phases_running: z.number(),
  phases_completed: z.number(),
  phases_failed: z.number(),
  phases_skipped: z.number(),
  phases_cancelled: z.number(),
  degraded: z.number(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  waits_for: z.string().nullable(),
  rerun_of: z.string().nullable(),
  rerun_from: z.string().nullable(),
  position: z.number(),
  attention: z.number().transform((rank): Attention => ATTENTIONS[rank] ?? 'ended'),
  steps_total: z.number(),
  steps_done: z.number(),
  tokens: z.number(),
  usd: z.number(),
  working_ms: z.number(),
});

export function entryIn(row: unknown): HistoryEntry {
  const found = rowSchema.parse(row);
  const { error_code: code, error_message: message } = found;
  return {
    id: found.id,
    task: found.task,
    version: found.version,
    status: found.status,
    startedAt: found.started_at,
    endedAt: found.ended_at,
    durationMs: found.duration_ms,
    phases: {
      total: found.phases_total,
      running: found.phases_running,
      completed: found.phases_completed,
      failed: found.phases_failed,
      skipped: found.phases_skipped,
      cancelled: found.phases_cancelled,
    },
    steps: { total: found.steps_total, done: found.steps_done },
    usage: { tokens: found.tokens, usd: found.usd, timeMs: found.working_ms },
    degraded: found.degraded === 1,
    error: code === null || message === null ? null : { code, message },
    waitsFor: found.waits_for,
    rerunOf: found.rerun_of === null ? null : { execution: found.rerun_of, from: found.rerun_from },
    attention: found.attention,
    position: found.position,
  };
}

export const SPAN_COLUMNS =
  'e.id, e.task, e.status, e.started_at, e.ended_at, e.duration_ms, e.tokens, e.usd, e.working_ms';

/** Tens of thousands of rows are read at once: what the table's own types say is not looked at again. */
export function spanIn(row: Record<string, unknown>): Span {
  return {
    id: row.id as string,
    task: row.task as string,
    status: row.status as string,
    startedAt: row.started_at as number,
    endedAt: row.ended_at as number | null,
    durationMs: row.duration_ms as number | null,
    usage: {
      tokens: row.tokens as number,
      usd: row.usd as number,
      timeMs: row.working_ms as number,
    },
  };
}
