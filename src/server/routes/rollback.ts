import { createRoute, z } from '@hono/zod-openapi';
import { loadFold } from '../../engine/load.ts';
import { previewRollback } from '../../engine/rollback-report.ts';
import { executionUnknown, requestInvalid } from '../../errors.ts';
import { assertPossible, type Control } from '../../library/controls.ts';
import { executionParam, jsonAnswer, problems } from '../schemas/common.ts';
import { createRoutes, type Routes } from './route.ts';

const planSchema = z
  .object({
    execution: z.string(),
    to: z.string().nullable(),
    step: z.string().optional(),
    afterwards: z.enum(['stop', 'continue']),
    /** In the order in which they would be undone. */
    plan: z.array(
      z.object({
        step: z.string(),
        compensation: z.string(),
        uncertain: z.boolean(),
        agent: z.string().nullable().optional(),
      }),
    ),
    left: z.array(z.object({ step: z.string(), effect: z.string() })),
    draining: z.array(z.string()),
  })
  .openapi('RollbackPreview');

const getPlan = createRoute({
  method: 'get',
  path: '/api/executions/{id}/rollback-plan',
  tags: ['executions'],
  summary: 'What a rollback would undo, in order; nothing is written',
  request: {
    params: executionParam,
    query: z.object({
      to: z
        .string()
        .min(1)
        .max(128)
        .optional()
        .openapi({ description: 'Only what came after this checkpoint' }),
      step: z.string().min(1).max(128).optional().openapi({ description: 'Only the runs of this step' }),
      all: z.string().optional().openapi({ description: 'Everything; the default' }),
      afterwards: z.enum(['stop', 'continue']).optional(),
    }),
  },
  responses: { 200: jsonAnswer('The plan', planSchema), ...problems },
});

export const rollbackRoutes: Routes = ({ access }) =>
  createRoutes().openapi(getPlan, async (c) => {
    const { id } = c.req.valid('param');
    const { to, step, all, afterwards } = c.req.valid('query');
    if ([to, step, all].filter((given) => given !== undefined).length > 1) {
      throw requestInvalid('to, step and all exclude each other');
    }
    const fold = await loadFold(id, access.of(id).sources);
    if (fold === undefined) throw executionUnknown(id);
    const control: Extract<Control, { kind: 'rollback' }> = { kind: 'rollback', to, step, afterwards };
    assertPossible(fold, control);
    return c.json(previewRollback(fold, control) as z.infer<typeof planSchema>, 200);
  });
