import { expect, test } from 'vitest';
import { MemoryProcessGroups } from '../../../src/adapters/memory/process-groups.ts';
import { MemoryWorld } from '../../../src/adapters/memory/world.ts';

test('the books are kept, and adopting an execution clears its page', async () => {
  const world = new MemoryWorld('data');
  const groups = new MemoryProcessGroups(world);
  const about = { attempt: 1, pgid: 1, startTime: '', bootId: '' };
  for (const step of ['a', 'b']) groups.add({ execution: 'one', step, ...about });
  groups.add({ execution: 'two', step: 'a', ...about });
  groups.remove({ execution: 'one', step: 'b', attempt: 1 });
  expect([...world.processGroups.keys()]).toEqual(['one/a/1', 'two/a/1']);
  expect(await groups.killLeftovers('one')).toEqual([]);
  expect([...world.processGroups.keys()]).toEqual(['two/a/1']);
});
