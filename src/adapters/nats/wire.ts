import { headers, type Msg, type PublishOptions } from '@nats-io/transport-node';
import type { z } from 'zod';
import type { NatsLink } from './connection.ts';

/** Core NATS as the parts of this folder use it: what comes is checked, what is said never throws. */

/**
 * Hears a subject until stopped. A handler that throws is logged: the client's reader must not see it, the connection would
 * end. A refusal by the server is logged too, and nothing comes any more.
 */
export function hear(link: NatsLink, subject: string, handle: (message: Msg) => void): Hearing {
  const subscription = link.nc.subscribe(subject, {
    callback: (error, message) => {
      if (error !== null) {
        link.logger.error({ subject, error: String(error) }, 'the NATS server lets nobody listen here');
        return;
      }
      try {
        handle(message);
      } catch (thrown) {
        link.logger.error(
          { subject: message.subject, error: String(thrown) },
          'a NATS message broke its reader',
        );
      }
    },
  });
  return {
    // The connection may be closed already; then there is nothing left to stop.
    stop: () => subscription.drain().catch(() => undefined),
  };
}

export interface Hearing {
  /** What the server has sent already is still handled; resolves when nothing comes any more. May be called twice. */
  stop(): Promise<void>;
}

/** The content of a message, or undefined when it is not what the schema says. */
export function readMessage<Schema extends z.ZodType>(
  schema: Schema,
  message: Msg,
): z.output<Schema> | undefined {
  let content: unknown;
  try {
    content = message.json();
  } catch {
    // Not JSON: from somebody who does not speak the protocol.
    return undefined;
  }
  return schema.safeParse(content).data;
}

/**
 * Publishes without waiting for anybody. Gone when there is no connection or nobody listens; what cannot be sent is logged for
 * those who look for it.
 */
export function tell(link: NatsLink, subject: string, content: string, options?: PublishOptions): void {
  try {
    link.nc.publish(subject, content, options);
  } catch (error) {
    link.logger.debug({ subject, error: String(error) }, 'a NATS message was not sent');
  }
}

/** Options for a message that belongs to a trace. */
export function traced(traceparent: string | undefined): PublishOptions {
  if (traceparent === undefined) return {};
  const carried = headers();
  carried.set('traceparent', traceparent);
  return { headers: carried };
}

/** What headers of ours may add to a message. */
const HEADER_BYTES = 256;

/** Whether the server takes a message with this content. */
export function fits(link: NatsLink, content: string): boolean {
  return Buffer.byteLength(content) + HEADER_BYTES <= link.maxPayload;
}
