import { toTroupeError } from '../../errors.ts';
import type { NatsLink } from './connection.ts';
import { natsFailure } from './failures.ts';

/**
 * Repeats what failed because the server was away, as it is while it starts again or moves to another host; what fails for good,
 * or for too long, is thrown. For what may be done twice: after a lost connection nobody waits for an answer that may be lost too.
 */
export async function patiently<T>(link: NatsLink, action: () => Promise<T>): Promise<T> {
  const startedAt = link.clock.monotonic();
  for (;;) {
    try {
      const done = await untilReconnected(link, action());
      if (done !== undefined) return done.value;
    } catch (error) {
      const failure = toTroupeError(natsFailure(link.shown, error));
      const hasTime = link.clock.monotonic() - startedAt < PATIENCE_MS;
      if (!failure.retryable || !hasTime || link.isClosed) throw failure;
      link.logger.debug({ error: failure.message }, 'NATS did not answer; asking again');
      await new Promise<void>((resolve) => {
        link.clock.schedule(PAUSE_MS, resolve);
      });
    }
  }
}

const PATIENCE_MS = 30_000;
const PAUSE_MS = 250;

/** Undefined when the connection was lost and made again before there was a result. */
export function untilReconnected<T>(
  link: NatsLink,
  work: Promise<T>,
): Promise<{ readonly value: T } | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<{ readonly value: T } | undefined>();
  const stopListening = link.onReconnect(() => resolve(undefined));
  work.then((value) => resolve({ value }), reject);
  return promise.finally(stopListening);
}
