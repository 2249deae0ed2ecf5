import { errors, type NatsConnection } from '@nats-io/transport-node';
import { natsUnsuitable } from '../../errors.ts';
import { CONNECT_TIMEOUT_MS } from './connection-options.ts';
import { jetStreamMissing } from './failures.ts';

/** @throws NATS_UNSUITABLE when the server is too old or has no JetStream */
export async function refuseUnsuitable(nc: NatsConnection, shown: string): Promise<void> {
  const version = nc.info?.version ?? '';
  if (!isAtLeast(version, 2, 9)) {
    throw natsUnsuitable(shown, `its version is ${version}`, 'Run nats-server 2.9 or newer.');
  }
  if (nc.info?.jetstream === true) return;
  // A server without JetStream may stand in a cluster that has it, so the account is asked.
  try {
    await nc.request('$JS.API.INFO', '', { timeout: CONNECT_TIMEOUT_MS });
  } catch (error) {
    if (
      error instanceof errors.NoRespondersError ||
      (error instanceof errors.RequestError && error.isNoResponders())
    ) {
      throw jetStreamMissing(shown);
    }
    // Not everybody may ask; then the first use tells.
  }
}

/** Whether a version such as `2.9.10` or `2.11.0-RC.1` is `major.minor` or newer. */
export function isAtLeast(version: string, major: number, minor: number): boolean {
  const [, ours = '0', its = '0'] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(ours) > major || (Number(ours) === major && Number(its) >= minor);
}
