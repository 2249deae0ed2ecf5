import { upgradeWebSocket } from '@hono/node-server';
import { Hono } from 'hono';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { requestInvalid } from '../../errors.ts';
import { pump } from '../live/socket.ts';
import { startOf } from './executions.ts';
import type { Services } from './route.ts';

const query = z.object({
  execution: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'is not the id of an execution')
    .optional(),
  after: z
    .string()
    .regex(/^[\d.]{1,4096}$/, 'is not a position')
    .optional(),
});

/** The feeds over a WebSocket: of one execution, or of all. What is wrong is told before the socket opens. */
export function socketRoutes({ access, live }: Services): Hono {
  return new Hono().get('/api/socket', async (c, next) => {
    if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') {
      throw requestInvalid('it is for WebSockets; /api/feed has the same as server-sent events');
    }
    const parsed = query.safeParse(c.req.query());
    const [issue] = parsed.error?.issues ?? [];
    if (!parsed.success) throw requestInvalid(`${issue?.path.join('.')} ${issue?.message}`);
    const { execution, after } = parsed.data;
    const position = await positionFor(execution, after);
    const upgrade = upgradeWebSocket(() => ({
      onOpen: (_event, { raw }) => {
        const feed = execution === undefined ? live.ofAll(after) : live.ofExecution(execution, position);
        pump(feed, raw as unknown as WebSocket).catch((error: unknown) => {
          access.logger.warn({ err: error }, 'a feed broke off');
        });
      },
    }));
    return upgrade(c, next);
  });

  async function positionFor(execution: string | undefined, after: string | undefined): Promise<number> {
    if (execution === undefined) return 0;
    const start = await startOf(access, execution);
    if (after?.includes('.') === true) throw requestInvalid('after is not a position');
    return Math.max(Number(after ?? 0), start - 1);
  }
}
