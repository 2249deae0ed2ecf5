import { onTestFinished } from 'vitest';
import { openNatsSpace } from '../../src/adapters/nats/space.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemRandom } from '../../src/adapters/system/random.ts';
import { newNamespace } from '../adapters/nats/namespaces.ts';
import type { NatsServer } from '../fixtures/nats/server.ts';
import type { Adapter } from './adapters.ts';

/** What a process has of a namespace, as a store: a new namespace each time, with one partition. */
export function natsSpaces(server: () => NatsServer): Adapter {
  return {
    name: 'nats',
    create() {
      const namespace = newNamespace();
      return {
        async open({ clock = systemClock } = {}) {
          const { url } = server();
          const space = await openNatsSpace({
            url,
            namespace,
            partitions: 1,
            role: 'orchestrator',
            clock,
            random: systemRandom,
          });
          onTestFinished(() => space.close());
          return { ...space.storeOf('one'), close: () => space.close() };
        },
      };
    },
  };
}
