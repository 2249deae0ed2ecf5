import { createRoute, z } from '@hono/zod-openapi';
import { findStart } from '../../engine/start-record.ts';
import { executionUnknown } from '../../errors.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import type { ServerAccess } from '../access.ts';
import { findRows } from '../find-rows.ts';
import { executionParam, instant, jsonAnswer, problems, wholeNumber } from '../schemas/common.ts';
import { recordsSchema, reportSchema, rowsSchema, viewSourceSchema } from '../schemas/executions.ts';
import { viewSourceOf } from '../view-source.ts';
import { createRoutes, type Routes } from './route.ts';

const list = createRoute({
  method: 'get',
  path: '/api/executions',
  tags: ['executions'],
  summary: 'Executions, a page at a time',
  request: {
    query: z.object({
      status: z.string().optional().openapi({ description: 'Only those that stand so; several with commas' }),
      task: z.string().max(256).optional().openapi({ description: 'Only those of this task' }),
      search: z
        .string()
        .max(256)
        .optional()
        .openapi({ description: 'Only those whose id or task has this in it' }),
      since: instant.optional(),
      until: instant.optional(),
      offset: wholeNumber(10_000_000).optional(),
      limit: wholeNumber(1000, 1).optional(),
      order: z.enum(['attention', 'newest']).optional(),
    }),
  },
  responses: { 200: jsonAnswer('A page of them', rowsSchema), ...problems },
});

const show = createRoute({
  method: 'get',
  path: '/api/executions/{id}',
  tags: ['executions'],
  summary: 'One execution: phases, steps, outputs, errors, and why it is where it is',
  request: { params: executionParam },
  responses: { 200: jsonAnswer('As `troupe show --json` tells it', reportSchema), ...problems },
});

const source = createRoute({
  method: 'get',
  path: '/api/executions/{id}/source',
  tags: ['executions'],
  summary: 'What it was started with: all that is needed to fold its records',
  request: { params: executionParam },
  responses: { 200: jsonAnswer('Definition, agents and input', viewSourceSchema), ...problems },
});

const records = createRoute({
  method: 'get',
  path: '/api/executions/{id}/records',
  tags: ['executions'],
  summary: 'Its log, a page at a time, from the record that started it',
  request: {
    params: executionParam,
    query: z.object({
      after: wholeNumber(Number.MAX_SAFE_INTEGER)
        .optional()
        .openapi({ description: 'Only records after this position' }),
      limit: wholeNumber(10_000, 1).optional(),
    }),
  },
  responses: { 200: jsonAnswer('A page of them', recordsSchema), ...problems },
});

export const executionRoutes: Routes = ({ access, live }) =>
  createRoutes()
    .openapi(list, async (c) => {
      const { offset = 0, limit = 100, order = 'newest', status, ...query } = c.req.valid('query');
      const cursor = await live.cursor();
      const statuses = status?.split(',').filter((part) => part !== '');
      const found = await findRows(access, { ...query, status: statuses, offset, limit, order });
      return c.json({ ...found, offset, cursor }, 200);
    })
    .openapi(show, async (c) => {
      const { id } = c.req.valid('param');
      const report = await access.report(id);
      if (report === undefined) throw executionUnknown(id);
      // A report is a document of its own; that it fits its schema is tested.
      return c.json(report as z.infer<typeof reportSchema>, 200);
    })
    .openapi(source, async (c) => {
      const { id } = c.req.valid('param');
      const found = await viewSourceOf(id, access.of(id));
      if (found === undefined) throw executionUnknown(id);
      return c.json(found as unknown as z.infer<typeof viewSourceSchema>, 200);
    })
    .openapi(records, async (c) => {
      const { id } = c.req.valid('param');
      const { after = 0, limit = 5000 } = c.req.valid('query');
      const found = await pageOf(access, id, { after, limit });
      return c.json(found as z.infer<typeof recordsSchema>, 200);
    });

/** The records after a position, from the execution's start at the earliest. Throws EXECUTION_UNKNOWN. */
async function pageOf(
  access: ServerAccess,
  execution: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<{ readonly records: readonly LogRecord[]; readonly next: number | null; readonly end: number }> {
  const { log } = access.of(execution);
  const from = await startOf(access, execution);
  // One more than asked for tells whether there are any.
  const found = await log.read(execution, { after: Math.max(after, from - 1), limit: limit + 1 });
  const page = found.slice(0, limit);
  const last = page.at(-1)?.position ?? Math.max(after, from);
  if (found.length <= limit) return { records: page, next: null, end: last };
  const known =
    access.present(execution)?.world.position ?? (await access.history.get(execution))?.position ?? 0;
  return { records: page, next: last, end: Math.max(known, found.at(-1)?.position ?? last) };
}

/** Position of the record that starts it. Throws EXECUTION_UNKNOWN. */
export async function startOf(access: ServerAccess, execution: string): Promise<number> {
  const start = await findStart(execution, access.of(execution).log);
  if (start === undefined) throw executionUnknown(execution);
  return start.position;
}
