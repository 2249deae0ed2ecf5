import { createRoute, z } from '@hono/zod-openapi';
import { executionParam, jsonAnswer, jsonSchema, problems } from '../schemas/common.ts';
import { createRoutes, type Routes } from './route.ts';

const requestSchema = z
  .strictObject({
    from: z.string().min(1).max(128).optional().openapi({ description: 'The first step that is done anew' }),
    input: z
      .record(z.string(), jsonSchema)
      .optional()
      .openapi({ description: 'Fields of the input that are to be others' }),
    id: z.string().optional().openapi({ description: 'Of the new execution' }),
  })
  .openapi('Rerun');

const begunSchema = z
  .object({
    execution: z.string(),
    isNew: z.boolean(),
    kept: z.array(z.string()).openapi({ description: 'Runs whose results are kept' }),
  })
  .openapi('RerunBegun');

const rerun = createRoute({
  method: 'post',
  path: '/api/executions/{id}/rerun',
  tags: ['executions'],
  summary: 'Run an execution again, as a new one: from a step on, or with another input',
  request: {
    params: executionParam,
    body: { required: true, content: { 'application/json': { schema: requestSchema } } },
  },
  responses: { 201: jsonAnswer('It is started, or it was there already', begunSchema), ...problems },
});

export const rerunRoutes: Routes = ({ access }) =>
  createRoutes().openapi(rerun, async (c) => {
    const { id } = c.req.valid('param');
    const traceparent = c.req.header('traceparent');
    const { kept, ...begun } = await access.rerun(id, { ...c.req.valid('json'), traceparent });
    return c.json({ ...begun, kept: [...kept] }, 201);
  });
