import { spawn } from 'node:child_process';
import { openSqliteStore } from '../../../src/adapters/sqlite/store.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { bootId, startTimeOf } from '../../../src/adapters/system/processes.ts';
import { systemRandom } from '../../../src/adapters/system/random.ts';
import type { Command } from './peer.ts';

// A process of its own on the data folder that it is given; `peer.ts` starts it and tells it what to do.

const dir = process.argv[2] ?? '';
const store = await openSqliteStore({ dir, clock: systemClock, random: systemRandom });
const send = (message: unknown): void => void process.send?.(message);

async function perform(command: Command): Promise<unknown> {
  switch (command.kind) {
    case 'take':
      return store.ownership.take(command.execution);
    case 'append': {
      const { execution, count } = command;
      for (let index = 0; index < count; index += 1) {
        await store.log.append({
          id: systemRandom.id(),
          execution,
          source: 'engine',
          type: 'appended',
          data: { index },
        });
        send({ acknowledged: index });
      }
      return undefined;
    }
    case 'follow':
      return new Promise((resolve) => {
        let seen = 0;
        const nothing = (): void => undefined;
        const fold = ({ length }: readonly unknown[]): void => {
          seen += length;
          if (seen >= command.count) resolve(seen);
        };
        store.log.follow({ fold, durable: nothing, retracted: nothing }, 0);
      });
    case 'start-group': {
      const { execution } = command;
      // The group's leader, a member, and one that left the group.
      const script = 'sleep 1000 & setsid sleep 1000 & echo started; wait';
      const child = spawn('sh', ['-c', script], {
        detached: true,
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { ...process.env, TROUPE_CLAIM: `${store.dataId}/${execution}/step/1` },
      });
      const pgid = child.pid ?? 0;
      store.processGroups.add({
        execution,
        step: 'step',
        attempt: 1,
        pgid,
        startTime: startTimeOf(pgid),
        bootId: bootId(),
      });
      await new Promise((resolve) => child.stdout.once('data', resolve));
      return pgid;
    }
  }
}

process.on('message', async (command: Command) => {
  send({ result: await perform(command) });
});
send({ result: store.ownership.self });
