import { createRoute, z } from '@hono/zod-openapi';
import { sseResponse } from '../live/sse.ts';
import { jsonAnswer, problems, wholeNumber } from '../schemas/common.ts';
import { recordsSchema, viewSourceSchema } from '../schemas/executions.ts';
import {
  runParam,
  simulationParam,
  simulationRequestSchema,
  simulationSchema,
  simulationsSchema,
} from '../schemas/simulations.ts';
import { makeJob } from '../simulations/make-job.ts';
import { createRoutes, type Routes } from './route.ts';

const start = createRoute({
  method: 'post',
  path: '/api/simulations',
  tags: ['simulations'],
  summary: 'Run a task, or a fork of a live execution, many times in virtual time',
  description: 'Nothing real runs, and no real log is touched. Answers when the first run was made.',
  request: {
    body: { required: true, content: { 'application/json': { schema: simulationRequestSchema } } },
  },
  responses: { 201: jsonAnswer('It runs', simulationSchema), ...problems },
});

const list = createRoute({
  method: 'get',
  path: '/api/simulations',
  tags: ['simulations'],
  summary: 'Simulations that run and the last that have ended, the newest first, without their results',
  responses: { 200: jsonAnswer('Simulations', simulationsSchema), ...problems },
});

const show = createRoute({
  method: 'get',
  path: '/api/simulations/{id}',
  tags: ['simulations'],
  summary: 'One simulation with its results, as far as there are any',
  request: { params: simulationParam },
  responses: { 200: jsonAnswer('The simulation', simulationSchema), ...problems },
});

const live = createRoute({
  method: 'get',
  path: '/api/simulations/{id}/live',
  tags: ['simulations'],
  summary: 'One simulation, live',
  description:
    '`simulation`: the whole of it, at the beginning and at the end; `progress`: {done, total, runs}, the runs that are new.',
  request: { params: simulationParam },
  responses: {
    200: {
      description: 'Server-sent events, until it has ended',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...problems,
  },
});

const remove = createRoute({
  method: 'delete',
  path: '/api/simulations/{id}',
  tags: ['simulations'],
  summary: 'Stop one that runs; forget one that has ended',
  request: { params: simulationParam },
  responses: { 200: jsonAnswer('It is done', z.object({ id: z.string() })), ...problems },
});

const runSource = createRoute({
  method: 'get',
  path: '/api/simulations/{id}/runs/{seed}/source',
  tags: ['simulations'],
  summary: 'What a run was started with; the run is made again',
  request: { params: runParam },
  responses: { 200: jsonAnswer('Definition, agents and input', viewSourceSchema), ...problems },
});

const runRecords = createRoute({
  method: 'get',
  path: '/api/simulations/{id}/runs/{seed}/records',
  tags: ['simulations'],
  summary: 'The log of a run, a page at a time; in a fork what really happened comes first',
  request: {
    params: runParam,
    query: z.object({
      after: wholeNumber(Number.MAX_SAFE_INTEGER).optional(),
      limit: wholeNumber(10_000, 1).optional(),
    }),
  },
  responses: { 200: jsonAnswer('A page of records', recordsSchema), ...problems },
});

export const simulationRoutes: Routes = ({ access, simulations }) =>
  createRoutes()
    .openapi(start, async (c) => {
      const { job, about } = await makeJob(access, c.req.valid('json'));
      return c.json(await simulations.start(job, about), 201);
    })
    .openapi(list, (c) => c.json({ simulations: simulations.list() }, 200))
    .openapi(show, (c) => c.json(simulations.get(c.req.valid('param').id), 200))
    .openapi(live, (c) => {
      const { id } = c.req.valid('param');
      return sseResponse(simulations.feed(id), (error) =>
        access.logger.warn({ err: error, simulation: id }, 'a feed broke off'),
      );
    })
    .openapi(remove, (c) => {
      const { id } = c.req.valid('param');
      simulations.remove(id);
      return c.json({ id }, 200);
    })
    .openapi(runSource, async (c) => {
      const { id, seed } = c.req.valid('param');
      const { source } = await simulations.run(id, seed);
      return c.json(source as unknown as z.infer<typeof viewSourceSchema>, 200);
    })
    .openapi(runRecords, async (c) => {
      const { id, seed } = c.req.valid('param');
      const { after = 0, limit = 5000 } = c.req.valid('query');
      const { records } = await simulations.run(id, seed);
      const rest = records.filter(({ position }) => position > after);
      const page = rest.slice(0, limit);
      const next = rest.length > page.length ? (page.at(-1)?.position ?? null) : null;
      const found = { records: page, next, end: records.at(-1)?.position ?? 0 };
      return c.json(found as z.infer<typeof recordsSchema>, 200);
    });
