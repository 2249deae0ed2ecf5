import { expect, test } from 'vitest';
import { NatsLink, type NatsOptions } from '../../../src/adapters/nats/connection.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { systemRandom } from '../../../src/adapters/system/random.ts';
import { TroupeError } from '../../../src/errors.ts';
import { natsServerForTest } from '../../fixtures/nats/server.ts';
import { linkForTest } from './links.ts';

const options = (url: string, more: Partial<NatsOptions> = {}): NatsOptions => ({
  url,
  clock: systemClock,
  random: systemRandom,
  ...more,
});

async function failureOf(connecting: Promise<NatsLink>): Promise<TroupeError> {
  const failure = await connecting.catch((error: unknown) => error);
  if (!(failure instanceof TroupeError)) throw new Error('it should have been refused');
  return failure;
}

test('a link tells what the server takes and runs', async () => {
  const server = await natsServerForTest({ config: 'max_payload: 2MB' });
  const link = await linkForTest(server.url);
  expect(link.maxPayload).toBe(2 * 1024 * 1024);
  expect(link.serverVersion).toMatch(/^\d+\.\d+\.\d+/);
  expect(link.isConnected).toBe(true);
});

test('no server: unreachable, without the credentials of the URL', async () => {
  const server = await natsServerForTest();
  await server.kill();
  const url = `nats://anna:s3cret@127.0.0.1:${server.port}`;
  const failure = await failureOf(NatsLink.connect(options(url)));
  expect(failure).toMatchObject({ code: 'NATS_UNREACHABLE', retryable: true });
  expect(failure.message).toContain(`nats://127.0.0.1:${server.port}`);
  expect(failure.message).not.toContain('s3cret');
  expect(failure.message).not.toContain('anna');
});

test.each(['http://127.0.0.1:1', 'nats://', '', 'nats://anna:s3cret@:x'])('%j is no address', async (url) => {
  const failure = await failureOf(NatsLink.connect(options(url)));
  expect(failure.code).toBe('NATS_UNREACHABLE');
  expect(failure.message).not.toContain('s3cret');
});

test('a file of credentials that is not there is named', async () => {
  const failure = await failureOf(
    NatsLink.connect(options('nats://127.0.0.1:4222', { credentials: '/nowhere/anna.creds' })),
  );
  expect(failure.code).toBe('NATS_UNREACHABLE');
  expect(failure.message).toContain('/nowhere/anna.creds');
});

const passwords = 'authorization { users: [{ user: "anna", password: "12:3@4" }] }';

test('a wrong password is refused; the right one may hold any characters and starts the inboxes', async () => {
  const server = await natsServerForTest({ config: passwords });
  const host = `127.0.0.1:${server.port}`;
  for (const url of [`nats://${host}`, `nats://anna:wrong@${host}`, `nats://anna@${host}`]) {
    const failure = await failureOf(NatsLink.connect(options(url)));
    expect(failure.code).toBe('NATS_REFUSED');
    expect(failure.message).not.toContain('wrong');
  }
  const link = await linkForTest(`nats://anna:${encodeURIComponent('12:3@4')}@${host}`);
  expect(link.inboxPrefix).toBe('_INBOX_anna');
  expect((await linkForTest(`nats://127.0.0.1:1,anna:12:3%404@${host}`)).isConnected).toBe(true);
});

test('a token is a name without a password', async () => {
  const server = await natsServerForTest({ config: 'authorization { token: "letmein" }' });
  expect((await linkForTest(`nats://letmein@127.0.0.1:${server.port}`)).inboxPrefix).toBe('_INBOX');
});

test('a server without JetStream cannot serve', async () => {
  const server = await natsServerForTest({ jetStream: false });
  const failure = await failureOf(NatsLink.connect(options(server.url)));
  expect(failure.code).toBe('NATS_UNSUITABLE');
  expect(failure.message).toContain('JetStream');
});

test('a link outlives its server', async () => {
  const server = await natsServerForTest();
  const link = await linkForTest(server.url);
  const disconnected = Promise.withResolvers<void>();
  const reconnected = Promise.withResolvers<void>();
  link.listen({ disconnected: disconnected.resolve, reconnected: reconnected.resolve });
  await server.kill('SIGKILL');
  await disconnected.promise;
  expect(link.isConnected).toBe(false);
  await server.restart();
  await reconnected.promise;
  expect(link.isConnected).toBe(true);
  expect((await link.jsm.getAccountInfo()).streams).toBe(0);
});

test('what a user may not do is told to who listens', async () => {
  const server = await natsServerForTest({
    config: 'authorization { users: [{ user: u, password: p, permissions: { publish: "allowed" } }] }',
  });
  const link = await linkForTest(`nats://u:p@127.0.0.1:${server.port}`);
  const refused = Promise.withResolvers<string>();
  link.listen({ refused: ({ subject }) => refused.resolve(subject) });
  link.nc.publish('forbidden', 'x');
  expect(await refused.promise).toBe('forbidden');
});

test('closing sends what was published, may be done twice, and without a server', async () => {
  const server = await natsServerForTest();
  const [speaker, listener] = [await linkForTest(server.url), await linkForTest(server.url)];
  const heard = Promise.withResolvers<string>();
  listener.nc.subscribe('news', { callback: (_, message) => heard.resolve(message.string()) });
  await listener.nc.flush();
  speaker.nc.publish('news', 'last words');
  await Promise.all([speaker.close(), speaker.close()]);
  expect(await heard.promise).toBe('last words');
  expect(speaker.isClosed).toBe(true);
  await server.kill('SIGKILL');
  await listener.close();
  expect(listener.nc.isClosed()).toBe(true);
});
