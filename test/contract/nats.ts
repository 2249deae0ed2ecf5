import { onTestFinished } from 'vitest';
import { NatsLink } from '../../src/adapters/nats/connection.ts';
import { NatsLog } from '../../src/adapters/nats/event-log.ts';
import { provision } from '../../src/adapters/nats/provision.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemRandom } from '../../src/adapters/system/random.ts';
import { natsServerForFile } from '../fixtures/nats/server.ts';
import type { Adapter } from './adapters.ts';

/** Runs a server for the file that calls this; each new data folder is a namespace of one partition on it. */
export function natsLogAdapter(): Adapter<'log' | 'close'> {
  // A record of the suite is larger than what the server takes by default.
  const server = natsServerForFile({ config: 'max_payload: 8MB' });
  let count = 0;
  return {
    name: 'nats',
    isStampedByServer: true,
    takesTokensOnly: true,
    commitsAlone: true,
    create() {
      count += 1;
      const namespace = `contract-${count}`;
      return {
        async open({ clock = systemClock } = {}) {
          const link = await NatsLink.connect({ url: server().url, namespace, clock, random: systemRandom });
          onTestFinished(() => link.close());
          const { partitions } = await provision(link, { partitions: 1 });
          const log = new NatsLog(link, { partition: 0, partitions });
          const close = async (): Promise<void> => {
            await log.close();
            await link.close();
          };
          onTestFinished(close);
          return { log, close };
        },
      };
    },
  };
}
