import { expect, onTestFinished, test } from 'vitest';
import { defineAgent } from '../../../src/agent/define.ts';
import { prepareDefinition } from '../../../src/library/prepare-task.ts';
import { defineTask } from '../../../src/task/define.ts';
import { localLine } from '../../../web/src/reader/line.ts';
import type { Reply, Request } from '../../../web/src/reader/messages.ts';
import { type Reader, readThrough } from '../../../web/src/reader/reader-client.ts';
import { serveReader } from '../../../web/src/reader/serve-reader.ts';
import { openServer } from '../../server/open-server.ts';

const release = defineTask({
  name: 'release',
  version: '1.0.0',
  phases: [
    { name: 'Draft', steps: [{ agent: 'writer', id: 'draft', text: 'Write' }] },
    { name: 'Wait', dependsOn: ['Draft'], steps: [{ wait: 'go', id: 'go' }] },
  ],
});

function until(reader: Reader, isMet: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!isMet()) return;
      stop();
      resolve();
    };
    const stop = reader.subscribe(look);
    look();
  });
}

test('an execution is followed to its end from the real server, and stands where the engine has it', async () => {
  const writer = defineAgent({ name: 'writer', run: () => ({ text: 'all is well' }) });
  const server = await openServer({ functions: [writer] });
  const { pinned } = await prepareDefinition(release, { functions: new Map([['writer', writer]]) });
  await server.embedded.engine.begin({ execution: 'e1', pinned, input: {} });

  const { here, there } = localLine<Request, Reply>();
  serveReader(there);
  const reader = readThrough(
    here,
    { kind: 'live', execution: 'e1' },
    { origin: server.url, token: undefined },
  );
  onTestFinished(() => reader.close());
  await until(reader, () => reader.moment?.why.headline === 'waits for the signal go');
  expect(reader.moment).toMatchObject({
    isLive: true,
    status: 'running',
    steps: { succeeded: 1, waiting: 1 },
  });
  expect(reader.moment?.possible).toContain('signal');
  const [first] = await reader.ask({ ask: 'positions', id: 'go' });
  expect(first).toBeGreaterThan(1);

  reader.seek(1);
  await until(reader, () => reader.moment?.index === 1);
  const signal = { kind: 'signal', name: 'go', payload: null };
  expect((await server.post('/api/executions/e1/controls', signal)).status).toBeLessThan(300);
  const ended = await server.embedded.engine.ended('e1');
  // The slider stays where it is while the log grows.
  await until(reader, () => (reader.moment?.end ?? 0) >= ended.world.position);
  expect(reader.moment).toMatchObject({ index: 1, isLive: false, possible: [] });
  reader.seek(null);
  await until(reader, () => reader.moment?.status === 'completed');
  expect(await reader.ask({ ask: 'hash' })).toBe(ended.hash());
  expect(reader.failure).toBeUndefined();
});

test('an execution that there is not is said to be none', async () => {
  const server = await openServer({ functions: [] });
  const { here, there } = localLine<Request, Reply>();
  serveReader(there);
  const reader = readThrough(
    here,
    { kind: 'live', execution: 'none' },
    { origin: server.url, token: undefined },
  );
  onTestFinished(() => reader.close());
  await until(reader, () => reader.failure !== undefined);
  expect(reader.failure).toMatchObject({ code: 'EXECUTION_UNKNOWN', status: 404 });
});
