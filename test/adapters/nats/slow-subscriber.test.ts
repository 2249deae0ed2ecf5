import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openNatsSpace } from '../../../src/adapters/nats/space.ts';
import { systemClock as clock } from '../../../src/adapters/system/clock.ts';
import { systemRandom as random } from '../../../src/adapters/system/random.ts';
import { defineAgent, startAgentHost } from '../../../src/agent.ts';
import { startOrchestrator, TroupeClient } from '../../../src/index.ts';
import { agentStep, phase, task } from '../../fixtures/executions/definitions.ts';
import { natsServerForFile } from '../../fixtures/nats/server.ts';

/** It gives a subscriber that does not read more time than the tests have: nothing here may wait for its end. */
const server = natsServerForFile({ config: 'write_deadline: "10m"\n' });

/** Listens to what viewers may hear, and never reads it. */
async function listensAndNeverReads(namespace: string): Promise<Socket> {
  const socket = connect(server().port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const subjects = ['live', 'event'].map((kind, sid) => `SUB troupe.${namespace}.${kind}.> ${sid}\r\n`);
  socket.write(`CONNECT {"verbose":false}\r\n${subjects.join('')}PING\r\n`);
  let said = '';
  while (!said.includes('PONG')) said += String((await once(socket, 'data'))[0]);
  socket.pause();
  return socket;
}

/** More than a server keeps for a subscriber before it holds up whoever publishes. */
const PIECES = 640;
const PIECE = 'x'.repeat(100_000);

test('whoever tells progress to a subscriber that never reads is heard by everybody else at once', async () => {
  const access = { url: server().url, namespace: 'slow-live', partitions: 1, clock, random };
  await using space = await openNatsSpace({ ...access, role: 'orchestrator' });
  await listensAndNeverReads('slow-live');
  for (let piece = 0; piece < PIECES; piece += 1) {
    const about = { execution: 'e', step: 's', attempt: 1, agent: 'a' };
    space.live.publish({ ...about, progress: PIECE });
    space.notify('e', 'phase:start', { about: PIECE });
  }
  const { $artifact } = await space.artifacts.put(Buffer.from('not held up'));
  expect(await space.artifacts.has($artifact)).toBe(true);
});

test('executions beside a subscriber that never reads complete, each step at its first attempt', async () => {
  const access = { nats: server().url, namespace: 'slow-run' };
  const noted: unknown[] = [];
  const note = (details: object, message: string): void => void noted.push({ ...details, message });
  const logger = { debug: () => undefined, info: () => undefined, warn: note, error: note };
  await using _orchestrator = await startOrchestrator({ ...access, partitions: 1, logger });
  const socket = await listensAndNeverReads('slow-run');
  const read = socket.bytesRead;
  const attempts: number[] = [];
  const talker = defineAgent({
    name: 'worker',
    concurrency: 4,
    run: ({ attempt }, { progress }) => {
      for (let piece = 0; piece < PIECES / 8; piece += 1) progress(PIECE);
      attempts.push(attempt);
      return 'said it all';
    },
  });
  await using _host = await startAgentHost({ ...access, agents: [talker], logger });
  await using client = await TroupeClient.connect({ ...access, agents: [talker] });
  const talks = task([
    phase(
      'talk',
      ['a', 'b', 'c', 'd'].map((id) => agentStep(id)),
    ),
  ]);
  const results = await Promise.all(['one', 'two', 'three'].map((id) => client.execute(talks, {}, { id })));
  expect(results.map(({ outputs }) => Object.keys(outputs))).toEqual(Array(3).fill(['worker']));
  expect(attempts).toEqual(Array(12).fill(1));
  expect(noted).toEqual([]);
  // Node reads ahead what it has room for, and no more.
  expect(socket.bytesRead - read).toBeLessThan(1_000_000);
});
