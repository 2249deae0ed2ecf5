import type { Context, MiddlewareHandler } from 'hono';
import { type Policy, refusalOf } from './policy.ts';

/** Lets nothing past that the policy refuses; sockets come this way as well. */
export function guard(policy: () => Policy): MiddlewareHandler {
  return async (c, next) => {
    const refusal = refusalOf(askedBy(c), policy());
    if (refusal !== undefined) throw refusal;
    await next();
  };
}

function askedBy({ req }: Context): Parameters<typeof refusalOf>[0] {
  return {
    method: req.method,
    path: req.path,
    isUpgrade: req.header('upgrade') !== undefined,
    host: req.header('host'),
    origin: req.header('origin'),
    fetchSite: req.header('sec-fetch-site'),
    isNavigation: req.header('sec-fetch-mode') === 'navigate' && req.header('sec-fetch-dest') === 'document',
    authorization: req.header('authorization'),
    protocols: req.header('sec-websocket-protocol'),
  };
}
