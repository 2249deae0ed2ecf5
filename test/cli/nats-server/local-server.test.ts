import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { isRunning, startTimeOf } from '../../../src/adapters/system/processes.ts';
import { systemRandom } from '../../../src/adapters/system/random.ts';
import { findNatsServer } from '../../../src/cli/nats-server/find-program.ts';
import { LocalServer } from '../../../src/cli/nats-server/local-server.ts';
import { temporaryFolder } from '../../contract/adapters.ts';

/** Clients of the server may be any program: what a user may do is tested with nats.conf itself. */
const USERS = ['orchestrator', 'agent', 'viewer'] as const;

/** A clock whose timers fire when the test says so. */
function manualClock() {
  const due = new Set<() => void>();
  return {
    clock: {
      ...systemClock,
      schedule: (_delayMs: number, callback: () => void) => {
        due.add(callback);
        return () => due.delete(callback);
      },
    },
    fire: () => {
      for (const callback of [...due]) {
        due.delete(callback);
        callback();
      }
    },
  };
}

async function joined(dir: string, options: Partial<Parameters<typeof LocalServer.join>[0]> = {}) {
  const server = await LocalServer.join({
    dir,
    env: process.env,

    clock: systemClock,
    random: systemRandom,
    ...options,
  });
  onTestFinished(() => server.leave());
  return server;
}

/** The first thing that the server answers to a client that logs in. */
async function logIn(url: string): Promise<string> {
  const { hostname, port, username, password } = new URL(url);
  const socket: Socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.setEncoding('utf8');
  await once(socket, 'data');
  const login = { user: username, pass: decodeURIComponent(password), verbose: false };
  socket.write(`CONNECT ${JSON.stringify(login)}\r\nPING\r\n`);
  const [answer] = (await once(socket, 'data')) as [string];
  return answer.trim();
}

describe('the nats-server of a project', () => {
  test('is started by the first, shared, and stopped by the last who leaves', async () => {
    const dir = temporaryFolder();
    const first = await joined(dir);
    const second = await joined(dir);
    expect(second.pid).toBe(first.pid);
    expect(second.urlFor('agent')).toBe(first.urlFor('agent'));
    await first.leave();
    expect(isRunning(second.pid)).toBe(true);
    expect(await logIn(second.urlFor('orchestrator'))).toBe('PONG');
    await second.leave();
    expect(isRunning(first.pid)).toBe(false);
  });

  test('is one, however many ask at once', async () => {
    const dir = temporaryFolder();
    const all = await Promise.all(Array.from({ length: 5 }, () => joined(dir)));
    expect(new Set(all.map(({ pid }) => pid)).size).toBe(1);
  });

  test('is another one in another folder', async () => {
    const [one, other] = await Promise.all([joined(temporaryFolder()), joined(temporaryFolder())]);
    expect(one.port).not.toBe(other.port);
    expect(one.urlFor('agent')).not.toBe(other.urlFor('agent'));
  });

  test('lets nobody in without the passwords, which nobody else may read', async () => {
    const dir = temporaryFolder();
    const server = await joined(dir);
    for (const user of USERS) expect(await logIn(server.urlFor(user)), user).toBe('PONG');
    expect(await logIn(`nats://agent:guessed@127.0.0.1:${server.port}`)).toMatch(/Authorization Violation/);
    expect(await logIn(`nats://127.0.0.1:${server.port}`)).toMatch(/Authorization Violation/);
    expect(statSync(join(dir, 'passwords.json')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(dir, 'server.log'), 'utf8')).not.toContain(
      new URL(server.urlFor('agent')).password,
    );
  });

  test('keeps port and passwords from one life to the next', async () => {
    const dir = temporaryFolder();
    const before = await joined(dir);
    const url = before.urlFor('viewer');
    await before.leave();
    expect((await joined(dir)).urlFor('viewer')).toBe(url);
  });

  test('takes another port when somebody has taken the one it had', async () => {
    const dir = temporaryFolder();
    const before = await joined(dir);
    await before.leave();
    const squatter = createServer().listen(before.port, '127.0.0.1');
    onTestFinished(() => void squatter.close());
    await once(squatter, 'listening');
    const after = await joined(dir);
    expect(after.port).not.toBe(before.port);
    expect(await logIn(after.urlFor('agent'))).toBe('PONG');
  });

  test('is not taken for a process that has its id now', async () => {
    const dir = temporaryFolder();
    const stranger = spawn('sleep', ['60']);
    onTestFinished(() => void stranger.kill('SIGKILL'));
    await once(stranger, 'spawn');
    writeFileSync(
      join(dir, 'server.json'),
      JSON.stringify({ pid: stranger.pid, startTime: 'another', port: 1 }),
    );
    const server = await joined(dir);
    expect(server.pid).not.toBe(stranger.pid);
    await server.leave();
    expect(isRunning(stranger.pid ?? 0)).toBe(true);
  });

  test('does not run on for users that were killed', async () => {
    const dir = temporaryFolder();
    const server = await joined(dir);
    writeFileSync(join(dir, 'users/killed.lock'), '');
    await server.leave();
    expect(isRunning(server.pid)).toBe(false);
  });

  test('is started again on its port when it dies while it is used', async () => {
    const dir = temporaryFolder();
    const { clock, fire } = manualClock();
    const [first, second] = [await joined(dir, { clock }), await joined(dir, { clock })];
    const { pid, port } = first;
    process.kill(pid, 'SIGKILL');
    while (startTimeOf(pid) !== '') await new Promise((resolve) => setImmediate(resolve));
    fire();
    // Leaving waits for what is under way.
    await second.leave();
    expect(first.port).toBe(port);
    expect(await logIn(first.urlFor('agent'))).toBe('PONG');
  });

  test('does not outlive its folder', async () => {
    const dir = join(temporaryFolder(), 'nats');
    const server = await joined(dir);
    rmSync(dir, { recursive: true, force: true });
    await server.leave();
    expect(isRunning(server.pid)).toBe(false);
  });

  test('that cannot be started says why', async () => {
    const dir = temporaryFolder();
    const config = join(dir, 'wrong.conf');
    writeFileSync(config, 'listen: 127.0.0.1:4222\nno_such_option: 1\n');
    await expect(joined(dir, { config })).rejects.toMatchObject({
      code: 'NATS_SERVER_FAILED',
      message: expect.stringMatching(/wrong\.conf:2:1: unknown field "no_such_option"/),
    });
  });
});

describe('the program', () => {
  test('is looked for on the PATH first', () => {
    const dir = temporaryFolder();
    const program = join(dir, 'nats-server');
    writeFileSync(program, '');
    chmodSync(program, 0o755);
    expect(findNatsServer({ PATH: `/nowhere:${dir}` })).toBe(program);
  });

  test('may be named; when it is not there, the error says how to install it', async () => {
    const env = { ...process.env, TROUPE_NATS_SERVER: '/nowhere/nats-server' };
    const joining = joined(temporaryFolder(), { env });
    await expect(joining).rejects.toMatchObject({
      code: 'NATS_SERVER_MISSING',
      hint: expect.stringMatching(/apt-get install nats-server.*brew install nats-server.*winget/),
    });
  });
});
