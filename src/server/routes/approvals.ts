import { createRoute, z } from '@hono/zod-openapi';
import { loadFold } from '../../engine/load.ts';
import { executionUnknown } from '../../errors.ts';
import { allApprovals } from '../approvals.ts';
import { executionParam, jsonAnswer, jsonSchema, problems } from '../schemas/common.ts';
import { subjectDiff } from '../subject-diff.ts';
import { createRoutes, type Routes } from './route.ts';

const approvalSchema = z
  .object({
    execution: z.string(),
    task: z.string(),
    phase: z.string(),
    step: z.string(),
    question: z.string(),
    since: z.number(),
    deadline: z.number().optional(),
    /** Absent: anyone may decide. */
    approvers: z.array(z.string()).optional(),
    people: z.array(z.string()).optional(),
    subject: z
      .object({
        digest: z.string(),
        files: z.array(z.object({ path: z.string(), digest: z.string(), bytes: z.number() })).optional(),
        value: jsonSchema.optional(),
      })
      .optional(),
    escalated: z.boolean(),
    voids: z.int(),
    reminders: z.int(),
  })
  .openapi('PendingApproval');

const diffSchema = z
  .object({
    files: z.array(
      z.object({
        path: z.string(),
        before: z.string().nullable(),
        after: z.string().nullable(),
        beforeDigest: z.string().nullable(),
        afterDigest: z.string().nullable(),
        isBinary: z.boolean(),
      }),
    ),
    value: z.object({ before: jsonSchema, after: jsonSchema }).nullable(),
    of: z.string(),
  })
  .openapi('SubjectDiff');

const list = createRoute({
  method: 'get',
  path: '/api/approvals',
  tags: ['approvals'],
  summary: 'All that waits for a person, oldest first',
  responses: { 200: jsonAnswer('Questions', z.object({ approvals: z.array(approvalSchema) })), ...problems },
});

const diff = createRoute({
  method: 'get',
  path: '/api/executions/{id}/approvals/{step}/diff',
  tags: ['approvals'],
  summary: 'What is to be approved, beside what it was before',
  request: {
    params: executionParam.extend({
      step: z
        .string()
        .min(1)
        .max(128)
        .openapi({ param: { name: 'step', in: 'path' } }),
    }),
  },
  responses: { 200: jsonAnswer('Files, or a value', diffSchema), ...problems },
});

export const approvalRoutes: Routes = ({ access, states }) =>
  createRoutes()
    .openapi(list, async (c) => {
      const approvals = await allApprovals(access, states);
      return c.json({ approvals: approvals as unknown as z.infer<typeof approvalSchema>[] }, 200);
    })
    .openapi(diff, async (c) => {
      const { id, step } = c.req.valid('param');
      const fold = await loadFold(id, access.of(id).sources);
      if (fold === undefined) throw executionUnknown(id);
      return c.json((await subjectDiff(access, fold, step)) as z.infer<typeof diffSchema>, 200);
    });
