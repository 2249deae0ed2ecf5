import { createRoute, z } from '@hono/zod-openapi';
import { requestInvalid } from '../../errors.ts';
import { readStats, readTaskDurations } from '../../history/metrics/read-stats.ts';
import { instant, jsonAnswer, problems, wholeNumber } from '../schemas/common.ts';
import { statsSchema, taskDurationsSchema } from '../schemas/stats.ts';
import { createRoutes, type Routes } from './route.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const stats = createRoute({
  method: 'get',
  path: '/api/stats',
  tags: ['metrics'],
  summary: 'Where time and money went, and what failed',
  description:
    'Of executions that were under way at some time between `since` (default: a day before `until`) and `until` (default: now). The attempts of executions that nobody looked at before are counted first, the newest before the others: while `isComplete` is false, ask again.',
  request: {
    query: z.object({
      since: instant.optional(),
      until: instant.optional(),
      task: z.string().max(256).optional(),
      agent: z.string().max(256).optional(),
      buckets: wholeNumber(500, 1).optional().openapi({ description: 'Stretches of equal length' }),
    }),
  },
  responses: { 200: jsonAnswer('What it came to', statsSchema), ...problems },
});

const durations = createRoute({
  method: 'get',
  path: '/api/tasks/{name}/durations',
  tags: ['metrics'],
  summary: 'How long the steps of a task took in its newest executions',
  request: {
    params: z.object({
      name: z
        .string()
        .max(256)
        .openapi({ param: { name: 'name', in: 'path' } }),
    }),
  },
  responses: { 200: jsonAnswer('By step', taskDurationsSchema), ...problems },
});

export const statsRoutes: Routes = ({ access }) =>
  createRoutes()
    .openapi(stats, async (c) => {
      const { until = access.clock.now(), task, agent, buckets = 60, ...rest } = c.req.valid('query');
      const { since = until - DAY_MS } = rest;
      if (since >= until) throw requestInvalid('since must be before until');
      const query = { since, until, task, agent, buckets };
      return c.json(await readStats(access.history.metrics, query), 200);
    })
    .openapi(durations, async (c) => {
      const { name } = c.req.valid('param');
      return c.json(await readTaskDurations(access.history.metrics, name), 200);
    });
