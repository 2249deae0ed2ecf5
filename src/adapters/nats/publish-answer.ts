import type { Msg } from '@nats-io/transport-node';
import type { Position } from '../../ports/event-log.ts';
import { isStoreFull } from './failures.ts';

/** What JetStream made of a message that was published to a stream. */
export type PublishAnswer =
  | { readonly kind: 'stored'; readonly position: Position }
  /** It may be stored when it is sent again. */
  | { readonly kind: 'transient' }
  | { readonly kind: 'full'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string };

interface PubAck {
  readonly seq?: number;
  readonly error?: { readonly code?: number; readonly err_code?: number; readonly description?: string };
}

export function readAnswer(message: Msg): PublishAnswer {
  // No responders: JetStream is starting, or the stream has no leader just now.
  if (message.data.byteLength === 0) return { kind: 'transient' };
  let ack: PubAck;
  try {
    ack = message.json<PubAck>();
  } catch {
    return { kind: 'transient' }; // not from JetStream; it may answer yet
  }
  // A refusal may name a position all the same: 0.
  if (ack.error === undefined && ack.seq !== undefined) return { kind: 'stored', position: ack.seq };
  const { code = 0, err_code = 0, description = 'JetStream did not say why' } = ack.error ?? {};
  if (isStoreFull(err_code)) return { kind: 'full', reason: description };
  return code >= 500 ? { kind: 'transient' } : { kind: 'refused', reason: description };
}
