import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Browser } from './chromium.ts';
import { House } from './house.ts';

/** What other sites ask, in the same browser or by another name of this machine, is refused. */
let house: House;
let browser: Browser;

beforeAll(async () => {
  [house, browser] = await Promise.all([House.open(), Browser.open()]);
  await house.start('wait-for-prices', 'prices');
  await house.until('prices', ({ phases }) => phases[0]?.steps[0]?.status === 'waiting');
});

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await house?.[Symbol.asyncDispose]();
});

test('another site in the same browser neither reads nor changes anything', async () => {
  const page = await browser.page('data:text/html,<title>elsewhere</title>');
  const tried = (await page.evaluate(`(async () => {
    const outcomes = [];
    const note = async (name, promise) => outcomes.push([name, await promise.then((value) => value, () => 'refused')]);
    await note('read', fetch('${house.origin}api/executions').then(async (answer) => answer.text()));
    await note('post', fetch('${house.origin}api/executions/prices/controls', { method: 'POST', body: '{"kind":"abort"}' }).then((answer) => answer.status));
    await note('blind', fetch('${house.origin}api/executions/prices/controls', { method: 'POST', mode: 'no-cors', body: '{"kind":"abort"}' }).then(() => 'sent'));
    await note('socket', new Promise((resolve, reject) => {
      const socket = new WebSocket('${house.origin.replace('http', 'ws')}api/socket', 'troupe');
      socket.onopen = () => resolve('open');
      socket.onerror = () => reject(new Error());
    }));
    return outcomes;
  })()`)) as readonly (readonly [string, unknown])[];
  expect(Object.fromEntries(tried)).toMatchObject({ read: 'refused', post: 'refused', socket: 'refused' });
  const { status } = await house.call<{ status: string }>('GET', 'api/executions/prices');
  expect(status).toBe('running');
  browser.complaints.length = 0;
  await page.context().close();
});

test.each(['evil.example', '127.0.0.1.evil.example', 'localhost', '127.0.0.1:1'])(
  'a request for the host %s is refused, whoever it leads here',
  async (host) => {
    const { port } = new URL(house.origin);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request({ host: '127.0.0.1', port, path: '/api/executions', headers: { host } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  },
);
