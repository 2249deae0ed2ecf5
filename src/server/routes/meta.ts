import { createRoute, z } from '@hono/zod-openapi';
import { jsonAnswer, problems } from '../schemas/common.ts';
import { createRoutes, type Routes } from './route.ts';

const metaSchema = z
  .object({
    version: z.string(),
    namespace: z.string(),
    place: z.enum(['folder', 'nats']),
    /** Whether changes need the token; they always do. */
    needsToken: z.boolean(),
    /** Whether `/graphql` is served. */
    graphql: z.boolean(),
    startedAt: z.number(),
    user: z.string().nullable(),
  })
  .openapi('Meta');

const statusSchema = z.object({ status: z.literal('ok') });

const getMeta = createRoute({
  method: 'get',
  path: '/api/meta',
  tags: ['server'],
  summary: 'What is served, and for whom',
  responses: { 200: jsonAnswer('About this server', metaSchema), ...problems },
});

const getHealth = createRoute({
  method: 'get',
  path: '/health',
  tags: ['server'],
  summary: 'The process is up',
  responses: { 200: jsonAnswer('It is', statusSchema), ...problems },
});

const getReady = createRoute({
  method: 'get',
  path: '/ready',
  tags: ['server'],
  summary: 'The store, or the server behind it, answers',
  responses: { 200: jsonAnswer('It does', statusSchema), ...problems },
});

export const metaRoutes: Routes = ({ access, hasGraphql }) =>
  createRoutes()
    .openapi(getMeta, (c) => c.json({ ...access.about, needsToken: true, graphql: hasGraphql }, 200))
    .openapi(getHealth, (c) => c.json({ status: 'ok' as const }, 200))
    .openapi(getReady, async (c) => {
      await access.ready();
      return c.json({ status: 'ok' as const }, 200);
    });
