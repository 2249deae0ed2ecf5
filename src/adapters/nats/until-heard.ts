import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import type { NatsLink } from './connection.ts';
import type { WantedStream } from './layout.ts';

/**
 * Resolves when the stream takes messages. While somebody makes a stream, servers of 2.9 tell others already that it is there: what
 * these publish reaches nobody, and a request for one of its messages ends the server (`jsMsgGetRequest`, a nil pointer).
 *
 * Asked with a message that the stream has to refuse, so nothing is stored.
 */
export async function untilHeard(link: NatsLink, { subjects: [filter = ''] }: WantedStream): Promise<void> {
  const subject = filter.replaceAll(/[*>]/g, 'anybody');
  const startedAt = link.clock.monotonic();
  for (;;) {
    try {
      await link.js.publish(subject, '', { expect: { streamName: NO_STREAM } });
      return;
    } catch (error) {
      if (error instanceof JetStreamApiError) return;
      if (!isUnheard(error) || link.clock.monotonic() - startedAt >= PATIENCE_MS) throw error;
      await new Promise<void>((resolve) => {
        link.clock.schedule(PAUSE_MS, resolve);
      });
    }
  }
}

/** No stream of ours has such a name. */
const NO_STREAM = 'is_anybody_there';
const PATIENCE_MS = 5_000;
const PAUSE_MS = 20;

/** Nobody took the request: neither JetStream nor, in another account than its streams', an import of it. */
export function isUnheard(error: unknown): boolean {
  const { cause } = error as Error;
  return cause instanceof errors.RequestError && cause.isNoResponders();
}
