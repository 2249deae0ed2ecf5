import { z } from 'zod';
import { isoTime } from '../../iso-time.ts';
import { findRows } from '../../server/find-rows.ts';
import type { McpPlace } from '../place.ts';
import { tool } from '../tool.ts';

const STATUSES = [
  'running',
  'pausing',
  'paused',
  'suspended',
  'rollingBack',
  'completed',
  'failed',
  'aborted',
  'timedOut',
  'rolledBack',
  'unreadable',
] as const;

const row = z.object({
  execution: z.string(),
  task: z.string(),
  status: z.string(),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  waitsFor: z.string().nullable().describe('What a live one waits for, in words'),
  isDriven: z.boolean().nullable().describe('False: no living process goes on with it'),
  steps: z.object({ done: z.number(), total: z.number() }),
  error: z.string().nullable(),
});

export function listTool(place: McpPlace) {
  return tool({
    name: 'list',
    title: 'List executions',
    description:
      'Executions of tasks, the newest first: where each stands, and what it waits for. Narrow it with status, task or search. `show` tells more about one, `why` what holds it up.',
    effect: 'look',
    input: z.strictObject({
      status: z.array(z.enum(STATUSES)).optional().describe('Only those that stand so'),
      task: z.string().max(256).optional().describe('Only those of this task'),
      search: z.string().max(256).optional().describe('Part of an id or of a task’s name'),
      offset: z.int().min(0).max(10_000_000).default(0),
      limit: z.int().min(1).max(200).default(20),
    }),
    output: z.object({
      executions: z.array(row),
      total: z.number(),
      byStatus: z.record(z.string(), z.number()),
    }),
    run: async (query) => {
      const access = await place.look();
      if (access === undefined) return { executions: [], total: 0, byStatus: {} };
      const { executions, total, byStatus } = await findRows(access, query);
      return {
        executions: executions.map(
          ({ id, startedAt, endedAt, error, task, status, waitsFor, isDriven, steps }) => ({
            execution: id,
            task,
            status,
            startedAt: isoTime(startedAt),
            finishedAt: endedAt === null ? null : isoTime(endedAt),
            waitsFor,
            isDriven,
            steps,
            error: error === null ? null : `${error.code}: ${error.message}`,
          }),
        ),
        total,
        byStatus,
      };
    },
  });
}
