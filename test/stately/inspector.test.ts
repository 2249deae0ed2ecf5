import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { openStately } from '../../src/stately/inspector.ts';
import { agentStep, phase, task, World } from '../engine/open-world.ts';

async function opened() {
  const stately = await openStately({ cwd: process.cwd(), port: 0 });
  onTestFinished(() => stately[Symbol.asyncDispose]());
  return stately;
}

test('actors, events and states of an execution come to a browser, without the world and without tokens', async () => {
  const stately = await opened();
  const driver = await new World().open({ worker: () => ({ found: 1 }) }, { inspect: stately.inspect });
  await driver.begin(task([phase('p', [agentStep('a')])]));
  expect(await driver.status()).toBe('completed');
  const socket = new WebSocket(stately.url.replace('http', 'ws'));
  const seen: { type: string; [key: string]: unknown }[] = [];
  socket.on('message', (data) => seen.push(JSON.parse(String(data))));
  while (!seen.some(isEnd)) await once(socket, 'message');
  socket.close();
  const actors = seen.filter(({ type }) => type === '@xstate.actor').map(({ name }) => name);
  expect(actors).toEqual(expect.arrayContaining(['execution', 'phase-0']));
  const text = JSON.stringify(seen);
  expect(text).toContain('"succeeded"');
  expect(text).not.toContain('"world"');
  expect(text).not.toMatch(/"token(Digest)?"/);
});

function isEnd({ type, snapshot }: { readonly type: string; readonly snapshot?: unknown }): boolean {
  return type === '@xstate.snapshot' && (snapshot as { value?: unknown }).value === 'completed';
}

test('only this machine’s own page is let in', async () => {
  const { url } = await opened();
  expect((await fetch(url)).status).toBe(200);
  const foreign = new WebSocket(url.replace('http', 'ws'), { origin: 'http://evil.example' });
  const [error] = await once(foreign, 'error');
  expect(String(error)).toMatch(/hang up|reset|closed/i);
  const rebound = new WebSocket(url.replace('http', 'ws'), { headers: { host: 'evil.example' } });
  await once(rebound, 'error');
});
