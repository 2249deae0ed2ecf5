import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type NatsSpace, openNatsSpace } from '../../../../src/adapters/nats/space.ts';
import { systemClock as clock } from '../../../../src/adapters/system/clock.ts';
import { systemRandom as random } from '../../../../src/adapters/system/random.ts';
import { type NatsServer, natsServerForTest, startNatsServer } from '../../../fixtures/nats/server.ts';
import { EXAMPLES, NATS_CONF, ROOT, VARIABLES } from './users.ts';

/** examples/nats/tls.conf, with the certificates that docs/security.md says how to make. */

let folder: string;
let server: NatsServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'troupe-tls-'));
  await execa('sh', ['-e', '-c', commandsInDocs()], { cwd: folder, env: { HOST: 'troupe.test' } });
  // The certificates are looked for where the server is started; here that is not to be changed, so the paths are.
  const example = join(folder, 'examples/nats/tls.conf');
  mkdirSync(dirname(example), { recursive: true });
  cpSync(NATS_CONF, join(folder, 'nats.conf'));
  const text = readFileSync(join(EXAMPLES, 'tls.conf'), 'utf8');
  writeFileSync(example, text.replaceAll(/: (\S+\.pem)/g, `: "${folder}/$1"`));
  server = await startNatsServer({ configFile: example, env: VARIABLES });
});

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('who has the certificate of the authority comes in, encrypted', async () => {
  await using space = await open('tls', { ca: join(folder, 'ca.pem') });
  expect(space.partitions).toBe(8);
});

test('a client that names the authority is encrypted without being told by the URL', async () => {
  await using space = await open('nats', { ca: join(folder, 'ca.pem') });
  expect(space.partitions).toBe(8);
});

test.for(['tls', 'nats'])('who lacks it is told that the certificate is not trusted (%s)', async (scheme) => {
  const refused = await open(scheme).then(
    () => undefined,
    (error: unknown) => error as Error & { code: string },
  );
  expect(['NATS_REFUSED', 'NATS_UNREACHABLE']).toContain(refused?.code);
  expect(refused?.message).toMatch(/certificate/i);
  expect(refused?.message).not.toContain(VARIABLES.TROUPE_ORCHESTRATOR_PASSWORD);
});

test('a certificate of another host is not taken', async () => {
  await expect(open('tls', { ca: join(folder, 'ca.pem'), host: 'localhost' })).rejects.toMatchObject({
    message: expect.stringMatching(/certificate|altname/i),
  });
});

test('an authority that cannot be read is named', async () => {
  await expect(open('tls', { ca: join(folder, 'none.pem') })).rejects.toMatchObject({
    message: expect.stringContaining('none.pem'),
  });
});

test('what is to be encrypted is not sent to a server without encryption', async () => {
  const plain = await natsServerForTest();
  const url = `tls://127.0.0.1:${plain.port}`;
  await expect(openNatsSpace({ url, role: 'orchestrator', clock, random })).rejects.toMatchObject({
    message: expect.stringMatching(/tls/i),
  });
});

function open(
  scheme: string,
  { ca, host = '127.0.0.1' }: { ca?: string; host?: string } = {},
): Promise<NatsSpace> {
  const { TROUPE_ORCHESTRATOR_PASSWORD: password } = VARIABLES;
  const url = `${scheme}://orchestrator:${password}@${host}:${server.port}`;
  return openNatsSpace({ url, ca, role: 'orchestrator', clock, random });
}

/** The shell commands under the heading about certificates. */
function commandsInDocs(): string {
  const text = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');
  const [, section = ''] = text.split(/^## TLS$/m);
  const [, commands = ''] = /```sh\n([\s\S]*?)```/.exec(section) ?? [];
  return commands;
}
