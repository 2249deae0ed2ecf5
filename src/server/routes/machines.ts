import { createRoute, z } from '@hono/zod-openapi';
import { MACHINES } from '../../../machines/by-name.ts';
import { machineConfig } from '../../stately/machine-config.ts';
import { jsonAnswer, jsonSchema, problems } from '../schemas/common.ts';
import { createRoutes, type Routes } from './route.ts';

const machines = createRoute({
  method: 'get',
  path: '/api/machines',
  tags: ['server'],
  summary: 'The statecharts that executions are made of, as XState configurations',
  responses: { 200: jsonAnswer('By name', z.record(z.string(), jsonSchema)), ...problems },
});

export const machineRoutes: Routes = () =>
  createRoutes().openapi(machines, (c) => {
    const configs = Object.entries(MACHINES).map(
      ([name, machine]) => [name, machineConfig(machine)] as const,
    );
    // Plain data of XState's own form, which no schema here repeats.
    return c.json(Object.fromEntries(configs) as never, 200);
  });
