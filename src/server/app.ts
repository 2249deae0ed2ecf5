import { OpenAPIHono } from '@hono/zod-openapi';
import { routeUnknown } from '../errors.ts';
import type { ServerAccess } from './access.ts';
import { pageFiles } from './files.ts';
import { graphqlRoutes } from './graphql/routes.ts';
import { LiveFeeds } from './live/live-feeds.ts';
import { States } from './live/states.ts';
import { metricsRoutes } from './metrics/routes.ts';
import { ServerMetrics } from './metrics/server-metrics.ts';
import { problemResponse } from './problem.ts';
import { agentRoutes } from './routes/agents.ts';
import { approvalRoutes } from './routes/approvals.ts';
import { artifactRoutes } from './routes/artifacts.ts';
import { controlRoutes } from './routes/controls.ts';
import { executionRoutes } from './routes/executions.ts';
import { exportRoutes } from './routes/export.ts';
import { liveRoutes } from './routes/live.ts';
import { machineRoutes } from './routes/machines.ts';
import { metaRoutes } from './routes/meta.ts';
import { provenanceRoutes } from './routes/provenance.ts';
import { rerunRoutes } from './routes/rerun.ts';
import { rollbackRoutes } from './routes/rollback.ts';
import type { Routes, Services } from './routes/route.ts';
import { simulationRoutes } from './routes/simulations.ts';
import { socketRoutes } from './routes/socket.ts';
import { statsRoutes } from './routes/stats.ts';
import { taskRoutes } from './routes/tasks.ts';
import { bodyBound } from './security/body-bound.ts';
import { guard } from './security/guard.ts';
import { SECURITY_HEADERS } from './security/headers.ts';
import type { Policy } from './security/policy.ts';
import { Simulations } from './simulations/simulations.ts';

/** Each is a part of the API; a new one is made in `routes/` and named here. */
const ROUTES: readonly Routes[] = [
  metaRoutes,
  executionRoutes,
  liveRoutes,
  controlRoutes,
  approvalRoutes,
  rollbackRoutes,
  rerunRoutes,
  provenanceRoutes,
  exportRoutes,
  artifactRoutes,
  agentRoutes,
  taskRoutes,
  metricsRoutes,
  machineRoutes,
  statsRoutes,
  simulationRoutes,
];

export interface AppOptions {
  readonly access: ServerAccess;
  /** Asked at each request: the port is known only when the server listens. */
  readonly policy: () => Policy;
  /** Where the page was built. */
  readonly pageDir: string;
  /** Whether `/graphql` is served. Default false. */
  readonly hasGraphql?: boolean | undefined;
}

export interface App {
  readonly hono: OpenAPIHono;
  /** Ends everything that is told live. */
  close(): Promise<void>;
}

/** The largest body of a request, in bytes. */
const BODY_LIMIT = 4 * 1024 * 1024;

/** The whole server, but for the port it listens on. */
export function createApp({ access, policy, pageDir, hasGraphql = false }: AppOptions): App {
  const states = new States(access);
  const live = new LiveFeeds(access, states);
  const metrics = new ServerMetrics(access, states);
  const simulations = new Simulations(access);
  const services: Services = { access, live, states, metrics, simulations, pageDir, hasGraphql };
  const app = new OpenAPIHono();
  app.onError((error, c) => problemResponse(c, error, access.logger));
  app.notFound((c) => problemResponse(c, routeUnknown(c.req.path), access.logger));
  app.use('*', async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    }
    if (c.req.path.startsWith('/api/') && !c.res.headers.has('cache-control')) {
      c.res.headers.set('cache-control', 'no-store');
    }
  });
  app.use('*', guard(policy));
  app.use('*', bodyBound(BODY_LIMIT));
  for (const routes of ROUTES) app.route('/', routes(services));
  app.route('/', socketRoutes(services));
  if (hasGraphql) app.route('/', graphqlRoutes(services));
  else
    app.all('/graphql/*', (c) => {
      throw routeUnknown(c.req.path);
    });
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Troupe', version: access.about.version, description: ABOUT },
    security: [{ bearer: [] }],
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  app.route('/', pageFiles(pageDir));
  const close = async (): Promise<void> => {
    metrics.close();
    await Promise.all([live.close(), simulations.close()]);
  };
  return { hono: app, close };
}

const ABOUT =
  'What the command line can do. Everything that changes something needs the token of the link that `troupe up` prints; so does everything when the server is bound to more than this machine. Errors are `application/problem+json`, with the codes of the catalogue.';
