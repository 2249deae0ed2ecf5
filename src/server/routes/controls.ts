import { createRoute } from '@hono/zod-openapi';
import type { Control } from '../../library/controls.ts';
import { executionParam, jsonAnswer, problems } from '../schemas/common.ts';
import { controlSchema, sentSchema, startedSchema, startSchema } from '../schemas/controls.ts';
import { createRoutes, type Routes } from './route.ts';

const start = createRoute({
  method: 'post',
  path: '/api/executions',
  tags: ['executions'],
  summary: 'Run a task',
  request: { body: { required: true, content: { 'application/json': { schema: startSchema } } } },
  responses: { 201: jsonAnswer('It is started, or it was there already', startedSchema), ...problems },
});

const control = createRoute({
  method: 'post',
  path: '/api/executions/{id}/controls',
  tags: ['executions'],
  summary: 'Pause, resume, abort, retry, roll back, signal, approve, vote, …',
  request: {
    params: executionParam,
    body: { required: true, content: { 'application/json': { schema: controlSchema } } },
  },
  responses: { 200: jsonAnswer('What became of it', sentSchema), ...problems },
});

export const controlRoutes: Routes = ({ access }) =>
  createRoutes()
    .openapi(start, async (c) => {
      const traceparent = c.req.header('traceparent');
      return c.json(await access.start({ ...c.req.valid('json'), traceparent }), 201);
    })
    .openapi(control, async (c) => {
      const { id } = c.req.valid('param');
      // The schema says what a control says.
      return c.json(await access.send(id, c.req.valid('json') as Control), 200);
    });
