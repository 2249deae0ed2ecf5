import { expect, test } from 'vitest';
import { seededRandom } from '../../src/adapters/memory/seeded-random.ts';
import { createMemoryStore } from '../../src/adapters/memory/store.ts';
import { VirtualClock } from '../../src/adapters/memory/virtual-clock.ts';
import { MemoryWorld } from '../../src/adapters/memory/world.ts';
import { Engine } from '../../src/engine/engine.ts';
import { digestOf } from '../../src/engine/pinned.ts';
import { startData } from '../../src/engine/start-record.ts';
import type { Json } from '../../src/json.ts';
import type { ArtifactStore } from '../../src/ports/artifact-store.ts';
import { agentStep, phase, pinnedOf, task } from './open-world.ts';

test('a part of a partition snapshot that does not fit is read whole, and the others are not taken for up to date', async () => {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const store = createMemoryStore({ clock, random, world: new MemoryWorld('partition') });
  const done = async <T>(work: Promise<T>): Promise<T> => {
    for (let turn = 0; turn < 20; turn += 1) await clock.advance(0);
    return work;
  };
  const engineOffering = (offers: string[]): Engine =>
    new Engine({
      store,
      clock,
      random,
      drivesAll: true,
      hostsDieWithOwner: false,
      queue: {
        offer: ({ id }) => void offers.push(id),
        withdraw: () => undefined,
        consume: () => ({ roomy: () => undefined, stop: () => undefined }),
      },
    });

  const first = engineOffering([]);
  await done(first.start());
  const definition = task([phase('only', [agentStep('s')])]);
  const pinned = await done(first.sources.pins.pin(pinnedOf(definition)));
  const data = await startData(pinned, { input: {}, inputDigest: digestOf({}) }, store.artifacts);
  const started = { source: 'control', type: 'execution.started', data: data as unknown as Json } as const;
  const executions = ['e1', 'e2'];
  for (const execution of executions) {
    await done(store.log.append({ id: `start-${execution}`, execution, ...started }));
  }
  const early = await done(first.capture());
  for (const execution of executions) {
    const about = { execution, step: 's', attempt: 1, role: 'worker' };
    const grant = await done(first.desk.claim({ ...about, claimId: `claim-${execution}`, host: 'h' }));
    if (grant.kind !== 'granted') throw new Error(grant.reason);
    const { fence, token } = grant;
    const result = { kind: 'succeeded', output: null, durationMs: 1 } as const;
    await done(first.desk.report({ reportId: `report-${execution}`, ...about, fence, token, result }));
  }
  await done(first.stop());

  if (early === undefined) throw new Error('nothing was captured');
  const residents = early.residents.map((text) =>
    text.replace('"foldVersion":2,"execution":"e2"', '"foldVersion":0,"execution":"e2"'),
  );
  expect(residents).not.toEqual(early.residents);
  const offers: string[] = [];
  const second = engineOffering(offers);
  await done(second.start({ ...early, residents }));
  // Both have ended behind the snapshot; `e2`, which was read to the end of the log, does not tell so of `e1`.
  expect(offers).toEqual([]);
  expect(second.owned).toEqual({ resident: 0, parked: 0 });
  await second.stop();
});

/** An engine that drives all of a log which once went further than it does. */
async function onShortenedLog(heads: readonly number[]) {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const store = createMemoryStore({ clock, random, world: new MemoryWorld('shortened') });
  const left = [...heads];
  const head = store.log.head.bind(store.log);
  Object.assign(store.log, { head: async () => left.shift() ?? head() });
  let truncated = 0;
  const engine = new Engine({
    store,
    clock,
    random,
    drivesAll: true,
    hostsDieWithOwner: false,
    onTruncated: () => {
      truncated += 1;
    },
    queue: {
      offer: () => undefined,
      withdraw: () => undefined,
      consume: () => ({ roomy: () => undefined, stop: () => undefined }),
    },
  });
  return { clock, engine, truncated: () => truncated };
}

test('a log that loses its tail before it was read to there is driven all the same', async () => {
  const { clock, engine } = await onShortenedLog([5]);
  let isDriving = false;
  const started = engine.start().then(() => {
    isDriving = true;
  });
  await clock.advance(500);
  expect(isDriving).toBe(false);
  await clock.advance(1_000);
  await started;
  expect(isDriving).toBe(true);
  await engine.stop();
});

test('a state that goes further than the log is not gone on with', async () => {
  const { engine, truncated } = await onShortenedLog([3]);
  const mark = { execution: 'e', position: 7, record: 'r' };
  await engine.start({ position: 7, mark, residents: [], parked: [], ended: [], unread: [] });
  expect(truncated()).toBe(1);
  await engine.stop();
});

test('an end that came while the execution could not be read is told once it is read', async () => {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const world = new MemoryWorld('unread');
  const store = createMemoryStore({ clock, random, world });
  const engineOf = (artifacts: ArtifactStore): Engine =>
    new Engine({
      store: { ...store, artifacts },
      clock,
      random,
      drivesAll: true,
      hostsDieWithOwner: false,
      queue: {
        offer: () => undefined,
        withdraw: () => undefined,
        consume: () => ({ roomy: () => undefined, stop: () => undefined }),
      },
    });
  const first = engineOf(store.artifacts);
  await first.start();
  const pinned = await first.sources.pins.pin(pinnedOf(task([phase('only', [agentStep('s')])])));
  await first.stop();
  const data = await startData(pinned, { input: {}, inputDigest: digestOf({}) }, store.artifacts);
  const about = { execution: 'e', source: 'control' } as const;
  await store.log.append({ id: 'r1', ...about, type: 'execution.started', data: data as unknown as Json });
  await store.log.append({ id: 'r2', ...about, type: 'abort.requested', data: { reason: 'enough' } });

  let failures = 1;
  const second = engineOf({
    put: (bytes, kept) => store.artifacts.put(bytes, kept),
    has: (digest) => store.artifacts.has(digest),
    get: async (digest) => {
      failures -= 1;
      if (failures >= 0) throw new Error('the store does not answer');
      return store.artifacts.get(digest);
    },
  });
  const told: string[] = [];
  second.listen(({ id, type }) => void told.push(`${id} ${type}`));
  const started = second.start();
  await clock.advance(0);
  await started;
  expect(told).toEqual([]);
  await clock.advance(1_000);
  expect(told).toContain('e execution:aborted');
  await second.stop();
});
