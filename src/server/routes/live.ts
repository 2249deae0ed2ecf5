import { createRoute, z } from '@hono/zod-openapi';
import { requestInvalid } from '../../errors.ts';
import { sseResponse } from '../live/sse.ts';
import { executionParam, problems, wholeNumber } from '../schemas/common.ts';
import { startOf } from './executions.ts';
import { createRoutes, type Routes } from './route.ts';

const events = {
  200: {
    description: 'Server-sent events, until the reader leaves',
    content: { 'text/event-stream': { schema: z.string() } },
  },
  ...problems,
};

const position = wholeNumber(Number.MAX_SAFE_INTEGER);

const liveOfOne = createRoute({
  method: 'get',
  path: '/api/executions/{id}/live',
  tags: ['live'],
  summary: 'One execution, live',
  description:
    '`record` (id: its position; a LogRecord), without loss or repetition from `Last-Event-ID` or `after` on; `progress`: what an agent says while it works; `surroundings`: who drives it and which hosts are there.',
  request: {
    params: executionParam,
    query: z.object({ after: position.optional() }),
    headers: z.object({ 'last-event-id': z.string().optional() }),
  },
  responses: events,
});

const liveOfAll = createRoute({
  method: 'get',
  path: '/api/feed',
  tags: ['live'],
  summary: 'What changes in all executions',
  description:
    '`executions`: the rows that have changed, at most ten times a second; `approvals`: how many wait for a person; `reset`: too much has changed since, look at the list again. Ids are cursors.',
  request: {
    query: z.object({ after: z.string().max(4096).optional() }),
    headers: z.object({ 'last-event-id': z.string().max(4096).optional() }),
  },
  responses: events,
});

export const liveRoutes: Routes = ({ access, live }) =>
  createRoutes()
    .openapi(liveOfOne, async (c) => {
      const { id } = c.req.valid('param');
      const last = c.req.valid('header')['last-event-id'];
      const after = last === undefined || last === '' ? c.req.valid('query').after : positionIn(last);
      const start = await startOf(access, id);
      const feed = live.ofExecution(id, Math.max(after ?? 0, start - 1));
      return sseResponse(feed, (error) =>
        access.logger.warn({ err: error, execution: id }, 'a feed broke off'),
      );
    })
    .openapi(liveOfAll, (c) => {
      const { 'last-event-id': last } = c.req.valid('header');
      const feed = live.ofAll(last === undefined || last === '' ? c.req.valid('query').after : last);
      return sseResponse(feed, (error) => access.logger.warn({ err: error }, 'a feed broke off'));
    });

function positionIn(id: string): number {
  if (!/^\d{1,15}$/.test(id)) throw requestInvalid('Last-Event-ID must be a position of the log');
  return Number(id);
}
