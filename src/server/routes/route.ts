import { OpenAPIHono } from '@hono/zod-openapi';
import { requestInvalid } from '../../errors.ts';
import type { ServerAccess } from '../access.ts';
import type { LiveFeeds } from '../live/live-feeds.ts';
import type { States } from '../live/states.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import type { Simulations } from '../simulations/simulations.ts';

/** What each file of `routes/` exports: its part of the API. */
export type Routes = (services: Services) => OpenAPIHono;

export interface Services {
  readonly access: ServerAccess;
  readonly live: LiveFeeds;
  readonly states: States;
  /** Where the page was built. */
  readonly pageDir: string;
  readonly metrics: ServerMetrics;
  readonly simulations: Simulations;
  /** Whether `/graphql` is served as well. */
  readonly hasGraphql: boolean;
}

/** A part of the API, in which a request that does not fit its schema is refused as everything else is. */
export function createRoutes(): OpenAPIHono {
  return new OpenAPIHono({
    defaultHook: (result) => {
      if (result.success) return;
      const [issue] = result.error.issues;
      const at = issue?.path.join('.');
      throw requestInvalid(
        `${at === undefined || at === '' ? 'it' : at} ${issue?.message ?? 'does not fit'}`,
      );
    },
  });
}
