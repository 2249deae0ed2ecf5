import { createRoute, z } from '@hono/zod-openapi';
import { jsonAnswer, jsonSchema, problems } from '../schemas/common.ts';
import { createRoutes, type Routes } from './route.ts';

const listingSchema = z
  .object({
    name: z.string(),
    version: z.string().nullable(),
    description: z.string().nullable(),
    file: z.string(),
    isShipped: z.boolean(),
    isValid: z.boolean(),
    errors: z.int(),
  })
  .openapi('TaskListing');

const pageSchema = listingSchema
  .extend({
    source: z.string(),
    /** Fields of the input, for a form. */
    requirements: z.array(
      z.object({
        field: z.string(),
        type: z.string(),
        required: z.boolean(),
        default: jsonSchema.optional(),
        description: z.string().optional(),
        choices: z.array(jsonSchema).optional(),
        schema: jsonSchema,
      }),
    ),
    phases: z.array(
      z.object({
        name: z.string(),
        dependsOn: z.array(z.string()),
        steps: z.array(z.object({ id: z.string(), kind: z.string(), agent: z.string().nullable() })),
      }),
    ),
    problems: z.array(
      z.object({
        severity: z.string(),
        code: z.string(),
        message: z.string(),
        line: z.int().nullable(),
        hint: z.string().nullable(),
      }),
    ),
  })
  .openapi('Task');

const list = createRoute({
  method: 'get',
  path: '/api/tasks',
  tags: ['tasks'],
  summary: 'Tasks that can be run by name',
  responses: {
    200: jsonAnswer(
      'Those of the working directory, then those shipped',
      z.object({ tasks: z.array(listingSchema) }),
    ),
    ...problems,
  },
});

const show = createRoute({
  method: 'get',
  path: '/api/tasks/{name}',
  tags: ['tasks'],
  summary: 'One task: its text, the fields of its input, its phases, what is wrong with it',
  request: {
    params: z.object({
      name: z
        .string()
        .min(1)
        .max(256)
        .openapi({ param: { name: 'name', in: 'path' } }),
    }),
  },
  responses: { 200: jsonAnswer('The task', pageSchema), ...problems },
});

export const taskRoutes: Routes = ({ access }) =>
  createRoutes()
    .openapi(list, async (c) => c.json({ tasks: [...(await access.tasks())] }, 200))
    .openapi(show, async (c) => {
      const found = await access.task(c.req.valid('param').name);
      return c.json(found as unknown as z.infer<typeof pageSchema>, 200);
    });
