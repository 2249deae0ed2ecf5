import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import {
  natsRefused,
  natsUnreachable,
  natsUnsuitable,
  storageClosed,
  storageFull,
  TroupeError,
} from '../../errors.ts';

/** What a connection, a request or a publish failed with, as its user should see it. `shown`: the server without credentials. */
export function natsFailure(shown: string, error: unknown): TroupeError {
  if (error instanceof TroupeError) return error;
  const inner = error instanceof errors.RequestError && error.cause instanceof Error ? error.cause : error;
  if (inner instanceof errors.PermissionViolationError) {
    return natsRefused(
      shown,
      `this user may not ${inner.operation === 'publish' ? 'publish to' : 'subscribe to'} ${inner.subject}`,
      error,
    );
  }
  if (inner instanceof errors.AuthorizationError || inner instanceof errors.UserAuthenticationExpiredError) {
    return natsRefused(shown, 'user, password or token is not valid, or none was given', error);
  }
  if (inner instanceof JetStreamApiError) return apiFailure(shown, inner);
  if (inner instanceof errors.ClosedConnectionError || inner instanceof errors.DrainingConnectionError) {
    return storageClosed();
  }
  if (inner instanceof errors.TimeoutError) return natsUnreachable(shown, 'it did not answer in time', error);
  if (inner instanceof errors.NoRespondersError || /jetstream is not enabled/i.test(messageOf(inner))) {
    return natsUnreachable(shown, 'JetStream does not answer', error);
  }
  return natsUnreachable(shown, messageOf(inner) || 'the connection failed', error);
}

/** `code`: of the API's errors, https://github.com/nats-io/nats-server/blob/main/server/errors.json */
export function isStoreFull(code: number): boolean {
  return FULL.has(code);
}

const FULL = new Set([
  10002, // resource limits exceeded for account
  10023, // insufficient resources
  10028, // memory resources exceeded
  10047, // insufficient storage resources available
  10077, // the stream's own limits, or the disk
]);

function apiFailure(shown: string, error: JetStreamApiError): TroupeError {
  if (isStoreFull(error.code)) return storageFull(`the JetStream store of ${shown}`, error);
  if (error.code === JETSTREAM_NOT_ENABLED_FOR_ACCOUNT) return jetStreamMissing(shown);
  return natsUnreachable(shown, error.message, error);
}

const JETSTREAM_NOT_ENABLED_FOR_ACCOUNT = 10039;

export function jetStreamMissing(shown: string): TroupeError {
  return natsUnsuitable(
    shown,
    'JetStream is not enabled',
    'Start it with JetStream: `nats-server -js -sd DIR`, or with the nats.conf that ships with Troupe.',
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
