import { onTestFinished } from 'vitest';
import { type NatsSpace, openNatsSpace, type SpaceRole } from '../../../../src/adapters/nats/space.ts';
import { systemClock } from '../../../../src/adapters/system/clock.ts';
import { systemRandom } from '../../../../src/adapters/system/random.ts';
import type { NatsServer } from '../../../fixtures/nats/server.ts';
import { urlOf } from './users.ts';

/** What the server refused is in `errors`: the adapter logs it. */
export interface WatchedSpace {
  readonly space: NatsSpace;
  readonly errors: readonly string[];
}

/** The namespace as one of our own processes has it, with a user's credentials; ends with the test. */
export async function spaceOf(
  server: NatsServer,
  user: string,
  role: SpaceRole,
  namespace?: string,
): Promise<WatchedSpace> {
  const errors: string[] = [];
  const note = (details: object, message: string): void =>
    void errors.push(`${message} ${JSON.stringify(details)}`);
  const space = await openNatsSpace({
    url: urlOf(server, user),
    role,
    namespace,
    clock: systemClock,
    random: systemRandom,
    logger: { debug: () => undefined, info: () => undefined, warn: note, error: note },
  });
  onTestFinished(() => space.close());
  return { space, errors };
}
