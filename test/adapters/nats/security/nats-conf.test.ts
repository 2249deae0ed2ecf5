import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { natsServerForFile } from '../../../fixtures/nats/server.ts';
import { foreignClient, linkOf, NATS_CONF, VARIABLES } from './users.ts';

describe('the server starts with it', () => {
  const server = natsServerForFile({ configFile: NATS_CONF, env: VARIABLES });

  test('with JetStream, and for messages of eight megabytes', async () => {
    const { nc } = await foreignClient(server(), 'agent');
    expect(nc.info).toMatchObject({ jetstream: true, max_payload: 8 * 1024 * 1024 });
  });

  test.for(['orchestrator', 'agent', 'viewer'])(
    'and lets %s in with the right password only',
    async (user) => {
      await foreignClient(server(), user);
      const url = `nats://${user}:wrong@127.0.0.1:${server().port}`;
      await expect(linkOf(server(), user, { url })).rejects.toMatchObject({ code: 'NATS_REFUSED' });
    },
  );

  test.for(['', 'nobody:wrong@', 'agent:@', ':@'])('and not "%s"', async (credentials) => {
    const url = `nats://${credentials}127.0.0.1:${server().port}`;
    await expect(linkOf(server(), 'agent', { url })).rejects.toMatchObject({ code: 'NATS_REFUSED' });
  });

  test('and lets whoever knows a password do nothing without its user', async () => {
    const password = VARIABLES.TROUPE_ORCHESTRATOR_PASSWORD;
    const url = `nats://${password}:${password}@127.0.0.1:${server().port}`;
    const { nc } = await linkOf(server(), 'orchestrator', { url });
    await expect(nc.request('$JS.API.INFO', '', { timeout: 5_000 })).rejects.toThrow(
      /permissions violation/i,
    );
  });
});

test('it listens on this machine only', async () => {
  expect(await readFile(NATS_CONF, 'utf8')).toMatch(/^listen: "127\.0\.0\.1:4222"$/m);
});

describe('the server does not start', () => {
  const names = Object.keys(VARIABLES) as (keyof typeof VARIABLES)[];

  test.for(names)('without %s', async (name) => {
    const { [name]: _, ...rest } = VARIABLES;
    expect(await checked(rest)).toMatchObject({ failed: true, stderr: expect.stringContaining(name) });
  });

  test.for(names.flatMap((name) => ['', '""', ' '].map((empty) => [name, empty] as const)))(
    'with %s being "%s"',
    async ([name, empty]) => {
      const { failed, stderr } = await checked({ ...VARIABLES, [name]: empty });
      expect(failed).toBe(true);
      expect(stderr).toContain('User entry requires a user');
    },
  );

  test('with the same password twice', async () => {
    const { TROUPE_AGENT_PASSWORD } = VARIABLES;
    const { failed, stderr } = await checked({ ...VARIABLES, TROUPE_VIEWER_PASSWORD: TROUPE_AGENT_PASSWORD });
    expect(failed).toBe(true);
    expect(stderr).toMatch(/duplicate user/i);
  });
});

test('a password in double quotes may have any characters', async () => {
  const password = '1e5 #{x}/@$y';
  expect(await checked({ ...VARIABLES, TROUPE_AGENT_PASSWORD: `"${password}"` })).toMatchObject({
    failed: false,
  });
});

/** What the server says to the configuration, without starting. */
async function checked(
  variables: Readonly<Record<string, string>>,
): Promise<{ failed: boolean; stderr: string }> {
  const env = { PATH: `${process.env.PATH}:/usr/sbin`, ...variables };
  const { failed, stderr } = await execa('nats-server', ['-c', NATS_CONF, '-t'], {
    env,
    extendEnv: false,
    reject: false,
  });
  return { failed, stderr };
}
