import { expect, onTestFinished, test } from 'vitest';
import { createMemoryStore } from '../../src/adapters/memory/store.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemRandom } from '../../src/adapters/system/random.ts';
import { startIn } from '../../src/engine/load.ts';
import type { Pinned } from '../../src/engine/pinned.ts';
import type { Json } from '../../src/json.ts';
import { submitExecution } from '../../src/library/submit.ts';
import type { EventLog } from '../../src/ports/event-log.ts';

function openStore() {
  const store = createMemoryStore({ clock: systemClock, random: systemRandom });
  onTestFinished(() => store.close());
  return store;
}

function pinned(name: string): Pinned {
  return {
    definition: { name, version: '1.0.0', phases: [] } as unknown as Pinned['definition'],
    agents: {},
  };
}

type Surroundings = Pick<ReturnType<typeof openStore>, 'artifacts'> & { log: EventLog };

function submit({ log, artifacts }: Surroundings, task: string, input: Json, traceparent?: string) {
  const start = { execution: 'x', pinned: pinned(task), input, traceparent };
  return submitExecution(start, { log, artifacts, random: systemRandom });
}

test('the first record says all that an execution is folded with', async () => {
  const store = openStore();
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  expect(await submit(store, 'one', { a: 1 }, traceparent)).toEqual({ execution: 'x', isNew: true });
  const [record] = await store.log.read('x');
  expect(record).toMatchObject({
    source: 'control',
    type: 'execution.started',
    data: { task: { name: 'one', version: '1.0.0' }, input: { a: 1 }, traceparent },
  });
  expect(await store.artifacts.has(String(record && startIn(record)?.pinned))).toBe(true);
});

test('what is no trace context is left out', async () => {
  const store = openStore();
  await submit(store, 'one', {}, 'yesterday');
  expect((await store.log.read('x'))[0]?.data).not.toHaveProperty('traceparent');
});

test('the same again is the execution that is there, also behind a control that came before', async () => {
  const store = openStore();
  const early = { id: 'c', execution: 'x', source: 'control', type: 'pause.requested', data: {} } as const;
  await store.log.append(early);
  await submit(store, 'one', { a: 1 });
  expect(await submit(store, 'one', { a: 1 })).toEqual({ execution: 'x', isNew: false });
  expect(await store.log.read('x')).toHaveLength(2);
});

test('another input or another task is refused, and nothing is written', async () => {
  const store = openStore();
  await submit(store, 'one', { a: 1 });
  await expect(submit(store, 'one', { a: 2 })).rejects.toMatchObject({ code: 'EXECUTION_EXISTS' });
  await expect(submit(store, 'two', { a: 1 })).rejects.toMatchObject({ code: 'EXECUTION_EXISTS' });
  expect(await store.log.read('x')).toHaveLength(1);
});

test('of two that start one id in the same moment the first in the log counts', async () => {
  const store = openStore();
  // Both look before either has written.
  const { promise: bothLooked, resolve } = Promise.withResolvers<void>();
  let looks = 0;
  const log: EventLog = Object.assign(Object.create(store.log) as EventLog, {
    read: async (...args: Parameters<EventLog['read']>) => {
      const records = await store.log.read(...args);
      looks += 1;
      if (looks === 2) resolve();
      if (looks <= 2) await bothLooked;
      return records;
    },
    append: (...args: Parameters<EventLog['append']>) => store.log.append(...args),
  });
  const { artifacts } = store;
  const [one, other] = await Promise.allSettled([
    submit({ log, artifacts }, 'one', { a: 1 }),
    submit({ log, artifacts }, 'one', { a: 2 }),
  ]);
  const outcomes = [one, other].map(({ status }) => status).sort();
  expect(outcomes).toEqual(['fulfilled', 'rejected']);
});
