import { describe, expect, test } from 'vitest';
import type { HostPresence } from '../../src/ports/agent-directory.ts';
import type { Store } from '../../src/ports/store.ts';
import type { Adapter } from './adapters.ts';

/** What every agent directory promises. */
export function agentDirectorySuite({ name, create }: Adapter<'directory' | 'ownership' | 'close'>): void {
  describe(`the agent directory on ${name}`, () => {
    test('hosts of all living processes are listed, by name', async () => {
      const folder = create();
      const [here, there] = [await folder.open(), await folder.open()];
      const [second, first] = [presenceOf(here, 'host-2'), presenceOf(there, 'host-1')];
      await here.directory.publish(second);
      await there.directory.publish(first);
      expect(await here.directory.list()).toEqual([first, second]);
    });

    test('publishing again replaces what was known', async () => {
      const store = await create().open();
      await store.directory.publish(presenceOf(store, 'host'));
      const later = { ...presenceOf(store, 'host'), seenAt: 99, roles: [] };
      await store.directory.publish(later);
      expect(await store.directory.list()).toEqual([later]);
    });

    test('the attempts at work of a host are listed with it', async () => {
      const folder = create();
      const [here, there] = [await folder.open(), await folder.open()];
      const attempt = { execution: 'e1', step: 's1', attempt: 2, role: 'technical-analyst' };
      const times = { startedAt: 1, processSeenAt: 9, progressAt: 4 };
      const busy = { ...presenceOf(here, 'host'), attempts: [{ ...attempt, ...times }] };
      await here.directory.publish(busy);
      expect(await there.directory.list()).toEqual([busy]);
      const idle = { ...busy, attempts: [] };
      await here.directory.publish(idle);
      expect(await there.directory.list()).toEqual([idle]);
    });

    test('a host that withdrew, or whose process is gone, is not listed', async () => {
      const folder = create();
      const [here, there] = [await folder.open(), await folder.open()];
      await here.directory.publish(presenceOf(here, 'withdrawn'));
      await there.directory.publish(presenceOf(there, 'gone'));
      await here.directory.withdraw('withdrawn');
      await here.directory.withdraw('never-there');
      await there.close();
      expect(await here.directory.list()).toEqual([]);
    });
  });
}

function presenceOf({ ownership }: Pick<Store, 'ownership'>, host: string): HostPresence {
  return {
    host,
    process: ownership.self.process,
    pid: process.pid,
    hostname: 'somewhere',
    roles: [{ role: 'technical-analyst', concurrency: 4, busy: 1 }],
    startedAt: 1,
    seenAt: 2,
  };
}
