import { createRoute, z } from '@hono/zod-openapi';
import { createRoutes, type Routes } from '../routes/route.ts';
import { problems } from '../schemas/common.ts';

const getMetrics = createRoute({
  method: 'get',
  path: '/metrics',
  tags: ['server'],
  summary: 'Counts and durations, for Prometheus',
  responses: {
    200: { description: 'Text', content: { 'text/plain': { schema: z.string() } } },
    ...problems,
  },
});

export const metricsRoutes: Routes = ({ metrics }) =>
  createRoutes().openapi(getMetrics, async (c) => {
    const text = await metrics.text();
    return c.text(text, 200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' });
  });
