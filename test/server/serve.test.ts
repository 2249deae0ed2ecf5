import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Serving, serveInspector } from '../../src/server/serve.ts';
import { EventReader, Place, TOKEN } from './place.ts';

async function serve(
  place: Place,
  options: Partial<Parameters<typeof serveInspector>[0]> = {},
): Promise<Serving> {
  const serving = await serveInspector({
    access: place.access,
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    token: TOKEN,
    ...options,
  });
  onTestFinished(() => serving.close());
  return serving;
}

/** What a client with any headers at all gets back, as it stands on the wire. */
async function raw(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(request.replaceAll('\n', '\r\n'));
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  await once(socket, 'close');
  return text;
}

function socketTo(
  port: number,
  query: string,
  protocols: string[],
  headers: Record<string, string> = {},
): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${port}/api/socket${query}`, protocols, { headers });
}

const MINE = ['troupe', `troupe.bearer.${TOKEN}`];

async function refused(socket: WebSocket): Promise<number | undefined> {
  socket.on('error', () => undefined);
  const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode?: number }];
  return answer.statusCode;
}

test('a name that was pointed here gets nothing, whatever it asks', async () => {
  const { port } = await serve(await Place.open());
  for (const head of [
    'GET / HTTP/1.1\nHost: attacker.example:PORT',
    'GET /api/executions HTTP/1.1\nHost: attacker.example',
    'GET http://127.0.0.1:PORT/api/executions HTTP/1.1\nHost: attacker.example',
    'GET /api/executions HTTP/1.1\nHost: 127.0.0.1:PORT\nOrigin: http://attacker.example',
    'GET /api/executions HTTP/1.0',
    'GET /api/socket HTTP/1.1\nHost: attacker.example\nConnection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]) {
    const text = await raw(port, `${head.replaceAll('PORT', String(port))}\nConnection: close\n\n`);
    expect(text, head).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(text, head).not.toContain('"executions"');
  }
  const good = await raw(port, `GET /api/meta HTTP/1.1\nHost: localhost:${port}\nConnection: close\n\n`);
  expect(good).toMatch(/^HTTP\/1\.1 200 /);
});

test('a socket without the token, or of another page, is not opened', async () => {
  const { port } = await serve(await Place.open());
  expect(await refused(socketTo(port, '', ['troupe']))).toBe(401);
  expect(await refused(socketTo(port, '', ['troupe', 'troupe.bearer.other']))).toBe(401);
  expect(await refused(socketTo(port, '', MINE, { origin: 'http://attacker.example' }))).toBe(403);
  expect(await refused(socketTo(port, '', MINE, { origin: `http://localhost:${port}` }))).toBe(403);
  expect(await refused(socketTo(port, '', MINE, { host: `attacker.example:${port}` }))).toBe(403);
  expect(await refused(socketTo(port, '', MINE, { 'sec-fetch-site': 'cross-site' }))).toBe(403);
  expect(await refused(socketTo(port, '?execution=nobody', MINE))).toBe(404);
  expect(await refused(socketTo(port, '?execution=%00', MINE))).toBe(400);
});

test('a socket tells the records of one execution, from where its reader was', async () => {
  const place = await Place.open();
  place.stage.task('work', { First: ['one'], Last: ['two'] });
  const { port } = await serve(place);
  await place.start('work', 'e1');
  await place.ended('e1');
  const { records } = await place.json<{ records: { position: number }[] }>('/api/executions/e1/records');
  const all = records.map(({ position }) => position);
  const socket = socketTo(port, `?execution=e1&after=${all[1]}`, MINE, {
    origin: `http://127.0.0.1:${port}`,
  });
  const told: number[] = [];
  const isTold = Promise.withResolvers<void>();
  socket.on('message', (data) => {
    const { event, id } = JSON.parse(String(data)) as { event: string; id?: string };
    if (event === 'record') told.push(Number(id));
    if (told.length === all.length - 2) isTold.resolve();
  });
  await isTold.promise;
  expect(socket.protocol).toBe('troupe');
  expect(told).toEqual(all.slice(2));
  socket.close();
  await once(socket, 'close');
});

test('readers that lose the connection again and again hear every record once', async () => {
  const place = await Place.open();
  const steps = Array.from({ length: 12 }, (_, at) => `step-${at}`);
  place.stage.task('work', { First: steps.slice(0, 6), Last: steps.slice(6) });
  const { url } = await serve(place);
  await place.start('work', 'e1');
  const told: string[] = [];
  let isOver = false;
  void place.ended('e1').then(() => (isOver = true));
  for (let turn = 1; ; turn += 1) {
    const last = told.at(-1);
    const headers: Record<string, string> = last === undefined ? {} : { 'last-event-id': last };
    const reader = new EventReader(await fetch(`${url}api/executions/e1/live`, { headers }));
    const wasOver = isOver;
    for (let count = 0; count < turn; count += 1) {
      const { id } = await reader.until(({ event }) => event === 'record' || event === 'surroundings');
      if (id === undefined) break;
      told.push(id);
    }
    await reader.close();
    if (!wasOver) continue;
    const { records } = await place.json<{ records: { position: number }[] }>('/api/executions/e1/records');
    if (told.length < records.length) continue;
    expect(told).toEqual(records.map(({ position }) => String(position)));
    return;
  }
});

test('the feed of all tells what has changed, also while nobody listened', async () => {
  const place = await Place.open();
  place.stage.task('work', { First: ['one'], Ask: ['approval: Go on?'] });
  const { url } = await serve(place);
  const first = new EventReader(await fetch(`${url}api/feed`));
  const { id: begun } = await first.until(({ event }) => event === 'executions');
  await place.start('work', 'e1');
  const asked = await first.until(({ data }) => data?.[0]?.attention === 'person');
  expect(asked.data[0]).toMatchObject({ id: 'e1', status: 'running', isDriven: true });
  await first.until(({ event, data }) => event === 'approvals' && data.count === 1);
  await first.close();

  const later = new EventReader(await fetch(`${url}api/feed`, { headers: { 'last-event-id': begun ?? '' } }));
  expect((await later.next())?.data).toMatchObject([{ id: 'e1', attention: 'person' }]);
  const { approvals } = await place.json<{ approvals: { step: string }[] }>('/api/approvals');
  await place.post('/api/executions/e1/controls', { kind: 'approve', step: approvals[0]?.step, by: 'alice' });
  await later.until(({ data }) => data?.[0]?.attention === 'ended');
  await later.until(({ event, data }) => event === 'approvals' && data.count === 0);
  await later.close();

  const strange = new EventReader(await fetch(`${url}api/feed?after=1.2.3`));
  expect((await strange.next())?.event).toBe('reset');
  await strange.close();
});

test('a server that stops ends its streams and sockets', async () => {
  const place = await Place.open();
  place.stage.task('work', { First: ['one'] });
  const { url, port, close } = await serve(place);
  await place.start('work', 'e1');
  const readers = await Promise.all(
    ['api/feed', 'api/executions/e1/live'].map(async (path) => new EventReader(await fetch(url + path))),
  );
  const socket = socketTo(port, '', MINE);
  await once(socket, 'open');
  const closed = once(socket, 'close');
  await close();
  for (const reader of readers) while ((await reader.next()) !== undefined);
  expect((await closed)[0]).toBe(1001);
  await expect(fetch(url)).rejects.toThrow();
});

test('a port that was asked for is taken or nothing is; without one the next that is free', async () => {
  const place = await Place.open();
  const other: Server = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await expect(serve(place, { port })).rejects.toMatchObject({ code: 'PORT_TAKEN' });
  const serving = await serve(place, { port, more: 2 });
  expect(serving.port).not.toBe(port);
  await expect(serve(place, { host: '203.0.113.1' })).rejects.toMatchObject({ code: 'CANNOT_LISTEN' });
  other.close();
});

test('a body is taken in pieces as well, and none of any kind that is too large', async () => {
  const place = await Place.open();
  place.stage.task('work', { First: ['one'] });
  const { url } = await serve(place);
  const send = (body: ReadableStream | string, method = 'POST') =>
    fetch(`${url}api/executions`, {
      method,
      body,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      duplex: 'half',
    } as RequestInit);
  const inPieces = (...pieces: readonly string[]) =>
    ReadableStream.from(pieces.map((piece) => Buffer.from(piece)));
  const started = await send(inPieces('{"task": "wo', 'rk", "id": "e1"}'));
  expect(await started.json()).toEqual({ execution: 'e1', isNew: true });
  await place.ended('e1');

  const large = `"${'x'.repeat(5 * 1024 * 1024)}"`;
  for (const body of [large, inPieces(...(large.match(/.{1,65536}/gs) ?? []))])
    expect(await (await send(body)).json()).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
  expect(await (await send('', 'DELETE')).json()).toMatchObject({ status: 404 });
  const none = await fetch(`${url}api/executions/e1`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(none.status).toBe(404);
  expect(place.complaints).toEqual([]);
});

test('where others can connect, everything needs the token', async () => {
  const place = await Place.open();
  const { port } = await serve(place, { host: '0.0.0.0', allowedHosts: ['box'] });
  const ask = (path: string, token?: string) =>
    fetch(
      `http://127.0.0.1:${port}${path}`,
      token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
    );
  expect((await ask('/api/meta')).status).toBe(401);
  expect((await ask('/api/meta', 'other')).status).toBe(401);
  expect((await ask('/api/meta', TOKEN)).status).toBe(200);
  expect((await ask('/health')).status).toBe(200);
  expect((await ask('/')).status).toBe(200);
});
