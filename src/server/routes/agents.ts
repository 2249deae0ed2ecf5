import { createRoute, z } from '@hono/zod-openapi';
import { agentsNow } from '../agents-now.ts';
import { jsonAnswer, problems } from '../schemas/common.ts';
import { createRoutes, type Routes } from './route.ts';

const hostSchema = z
  .looseObject({
    host: z.string(),
    process: z.string(),
    pid: z.int(),
    hostname: z.string(),
    roles: z.array(z.object({ role: z.string(), concurrency: z.int(), busy: z.int() })),
    startedAt: z.number(),
    seenAt: z.number(),
    /** It has not been heard for three of its beats. */
    isSilent: z.boolean(),
  })
  .openapi('Host');

const agentsSchema = z.object({
  hosts: z.array(hostSchema),
  roles: z.array(
    z.object({
      role: z.string(),
      /** Ids of the hosts that offer it. */
      hosts: z.array(z.string()),
      concurrency: z.int(),
      busy: z.int(),
      /** Attempts that are offered and that no host has taken. */
      waiting: z.int(),
    }),
  ),
  /** Files of agents that tasks here can name. */
  definitions: z.array(
    z.object({
      name: z.string(),
      file: z.string(),
      isValid: z.boolean(),
      description: z.string().nullable(),
      runner: z.string().nullable(),
      concurrency: z.int().nullable(),
    }),
  ),
});

const getAgents = createRoute({
  method: 'get',
  path: '/api/agents',
  tags: ['agents'],
  summary: 'Agent hosts at work, what they offer, and what waits for them',
  responses: { 200: jsonAnswer('Hosts, roles and definitions', agentsSchema), ...problems },
});

export const agentRoutes: Routes = ({ access, states }) =>
  createRoutes().openapi(getAgents, async (c) => {
    const [now, definitions] = await Promise.all([agentsNow(access, states), access.agents()]);
    return c.json({ ...now, definitions } as unknown as z.infer<typeof agentsSchema>, 200);
  });
