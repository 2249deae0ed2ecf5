import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { VirtualClock } from '../../src/adapters/memory/virtual-clock.ts';
import { createNotifier } from '../../src/notify/notifier.ts';
import { type Target, targetSchema } from '../../src/notify/targets.ts';
import type { Notification } from '../../src/ports/notifier.ts';

const failure: Notification = {
  id: 'e/notice/3/1',
  execution: 'e',
  task: 'nightly',
  kind: 'failure',
  status: 'failed',
  message: 'It "broke".',
  at: '2026-01-01T00:00:00.000Z',
};

interface Hook {
  readonly url: string;
  readonly calls: { readonly headers: IncomingHttpHeaders; readonly body: unknown }[];
}

/** A server that answers with these, then with the last of them. */
async function hookAnswering(...statuses: readonly number[]): Promise<Hook> {
  const calls: Hook['calls'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      response.statusCode = statuses[Math.min(calls.length, statuses.length - 1)] ?? 200;
      calls.push({ headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
      response.end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    calls,
  };
}

function notifier(targets: readonly Target[], env: Record<string, string> = {}, cwd = tmpdir()) {
  return createNotifier({ targets, clock: new VirtualClock(), env: { ...process.env, ...env }, cwd });
}

describe('a webhook', () => {
  test('gets the notification as JSON, with the headers of its file', async () => {
    const hook = await hookAnswering(204);
    const target = { webhook: hook.url, headers: { authorization: 'Bearer $SECRET' } };
    expect(await notifier([target], { SECRET: 's3' }).tell(failure)).toEqual([
      { name: new URL(hook.url).host, ok: true, tries: 1 },
    ]);
    expect(hook.calls).toEqual([
      {
        headers: expect.objectContaining({
          authorization: 'Bearer s3',
          'troupe-notification': 'e/notice/3/1',
        }),
        body: failure,
      },
    ]);
  });

  test('that fails is tried again, later each time', async () => {
    const hook = await hookAnswering(500, 500, 200);
    const pauses: number[] = [];
    const clock = new VirtualClock();
    clock.schedule = (ms, callback) => {
      pauses.push(ms);
      clock.soon(callback);
      return () => undefined;
    };
    const { tell } = createNotifier({ targets: [{ webhook: hook.url }], clock, env: {}, cwd: tmpdir() });
    expect(await tell(failure)).toMatchObject([{ ok: true, tries: 3 }]);
    expect(pauses).toEqual([1_000, 5_000]);
  });
});

test('only those are told who want to hear of it, each on its own', async () => {
  const hook = await hookAnswering(200);
  const other = await hookAnswering(200);
  const { tell } = notifier([
    { webhook: other.url, on: ['approval'] },
    { webhook: hook.url, on: ['failure'], name: 'pager' },
  ]);
  expect(await tell(failure)).toEqual([{ name: 'pager', ok: true, tries: 1 }]);
  expect(other.calls).toEqual([]);
});

test('a command gets the notification on standard input', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'troupe-notify-'));
  const { tell } = notifier([{ command: [process.execPath, '-e', COPY] }], {}, cwd);
  expect(await tell(failure)).toMatchObject([{ ok: true, tries: 1 }]);
  expect(JSON.parse(readFileSync(join(cwd, 'told.json'), 'utf8'))).toEqual(failure);
});

const COPY = `require('node:fs').writeFileSync('told.json', require('node:fs').readFileSync(0))`;

test.each([
  [{}],
  [{ webhook: 'ftp://host/x' }],
  [{ webhook: 'no url' }],
  [{ command: [] }],
  [{ command: 'echo hi' }],
  [{ webhook: 'https://host/x', on: ['everything'] }],
  [{ webhook: 'https://host/x', command: ['x'] }],
])('%j is nobody to tell', (target) => {
  expect(targetSchema.safeParse(target).success).toBe(false);
});
