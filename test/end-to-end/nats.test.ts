import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isRunning } from '../../src/adapters/system/processes.ts';
import { natsServerForFile } from '../fixtures/nats/server.ts';
import { Workspace } from './workspace.ts';

const PHASES = { One: ['a'], Two: ['b', 'c'] };

describe('orchestrator, host and run as three processes', () => {
  const server = natsServerForFile();
  let namespaces = 0;

  /** A workspace with the options that name a namespace of its own. */
  function onServer() {
    const space = new Workspace();
    space.task('steps', PHASES);
    namespaces += 1;
    return { space, nats: ['--nats', server().url, '--namespace', `end-to-end-${namespaces}`] };
  }

  async function serving({ space, nats }: ReturnType<typeof onServer>) {
    const up = space.troupe('up', ...nats);
    await up.says(/Driving/);
    const host = space.troupe('agent', 'agents/worker.md', ...nats);
    await host.says(/offers worker/);
    return { up, host };
  }

  test('complete a task; SIGTERM ends them in order', async () => {
    const { space, nats } = onServer();
    const { up, host } = await serving({ space, nats });
    const run = await space.troupe('run', 'steps', '--id', 'x', ...nats).ended;
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/✓ completed/);
    expect(['a', 'b', 'c'].map((step) => space.starts(step))).toEqual([1, 1, 1]);
    host.send('SIGTERM');
    expect(await host.ended).toMatchObject({ code: 0, signal: null });
    up.send('SIGTERM');
    expect(await up.ended).toMatchObject({ code: 130, signal: null });
  });

  test('a host that is asked to stop lets its work end; another one goes on', async () => {
    const { space, nats } = onServer();
    space.hold('a');
    const { host } = await serving({ space, nats });
    const run = space.troupe('run', 'steps', '--id', 'x', ...nats);
    await space.untilStarted('a');
    host.send('SIGTERM');
    await host.says(/1 attempt at work may end first \(x\/a\/1\)/);
    space.letGo('a');
    expect(await host.ended).toMatchObject({ code: 0 });
    await run.says(/step a .*: done/);
    await space.troupe('agent', 'agents/worker.md', ...nats).says(/offers/);
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(space.starts('a')).toBe(1);
  });

  test('a host that is asked twice kills its programs and ends at once', async () => {
    const { space, nats } = onServer();
    space.hold('a');
    const { host } = await serving({ space, nats });
    const run = space.troupe('run', 'steps', '--id', 'x', ...nats);
    await space.untilStarted('a');
    const [{ pid = 0 } = {}] = space.journal;
    host.send('SIGINT');
    await host.says(/Ctrl-C again ends at once/);
    host.send('SIGINT');
    expect(await host.ended).toMatchObject({ code: 130 });
    expect(isRunning(pid)).toBe(false);
    space.letGo('a');
    await space.troupe('agent', 'agents/worker.md', ...nats).says(/offers/);
    expect(await run.ended).toMatchObject({ code: 0 });
  });

  test('a host that comes back ends what the killed one left at work', async () => {
    const { space, nats } = onServer();
    space.hold('a');
    const { host } = await serving({ space, nats });
    space.troupe('run', 'steps', '--id', 'x', ...nats);
    await space.untilStarted('a');
    const [{ pid = 0 } = {}] = space.journal;
    await host.kill();
    expect(isRunning(pid)).toBe(true);
    await space.troupe('agent', 'agents/worker.md', ...nats).says(/offers/);
    expect(isRunning(pid)).toBe(false);
  });

  test('an orchestrator that was killed is replaced, and nothing accepted is done again', async () => {
    const { space, nats } = onServer();
    // The host keeps its work for as long as the next one needs to start, on a busy machine too.
    space.write('troupe.yaml', 'leaseMs: 5m\n');
    space.hold('b');
    const { up } = await serving({ space, nats });
    const run = space.troupe('run', 'steps', '--id', 'x', ...nats);
    await space.untilStarted('b', 'c');
    await run.says(/step c .*: done/);
    await up.kill();
    const next = space.troupe('up', ...nats);
    await next.says(/Holding 8 of 8/);
    space.letGo('b');
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(['a', 'b', 'c'].map((step) => space.starts(step))).toEqual([1, 1, 1]);
  });

  test('Ctrl-C ends a run that only watches; the execution goes on', async () => {
    const { space, nats } = onServer();
    space.hold('a');
    await serving({ space, nats });
    const run = space.troupe('run', 'steps', '--id', 'x', ...nats);
    await space.untilStarted('a');
    run.send('SIGINT');
    expect(await run.ended).toMatchObject({ code: 130, signal: null });
    space.letGo('a');
    const watch = await space.troupe('watch', 'x', '--json', ...nats).ended;
    expect(JSON.parse(watch.stdout)).toMatchObject({ status: 'completed' });
  });
});

describe('--nats auto', () => {
  /** A workspace whose own server is gone after the test, whatever happened to those who used it. */
  function project() {
    const space = new Workspace();
    space.task('steps', PHASES);
    const file = join(space.dir, '.troupe/nats/server.json');
    const pid = (): number =>
      existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid : 0;
    onTestFinished(() => {
      if (pid() !== 0 && isRunning(pid())) process.kill(pid(), 'SIGKILL');
    });
    return { space, pid };
  }

  const AUTO = ['--nats', 'auto'];

  test('is one server for a project, which ends with the last who uses it', async () => {
    const { space, pid } = project();
    const up = space.troupe('up', ...AUTO);
    await up.says(/Driving/);
    const server = pid();
    const host = space.troupe('agent', 'agents/worker.md', ...AUTO);
    await host.says(/offers worker/);
    expect(await space.troupe('run', 'steps', '--id', 'x', ...AUTO).ended).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(pid()).toBe(server);
    up.send('SIGTERM');
    await up.ended;
    expect(isRunning(server)).toBe(true);
    host.send('SIGTERM');
    await host.ended;
    expect(isRunning(server)).toBe(false);

    const list = await space.troupe('list', '--json', ...AUTO).ended;
    expect(JSON.parse(list.stdout)).toMatchObject({ total: 1, executions: [{ id: 'x' }] });
    expect(isRunning(pid())).toBe(false);
  });

  test('survives the death of everything: what was begun goes on', async () => {
    const { space, pid } = project();
    // What the dead host had at work is given to another when its lease is over.
    space.write('troupe.yaml', 'leaseMs: 2s\n');
    space.hold('b');
    const up = space.troupe('up', ...AUTO);
    await up.says(/Driving/);
    const host = space.troupe('agent', 'agents/worker.md', ...AUTO);
    const run = space.troupe('run', 'steps', '--id', 'x', ...AUTO);
    await space.untilStarted('b', 'c');
    await run.says(/step c .*: done/);
    await Promise.all([up, host, run].map((line) => line.kill()));
    process.kill(pid(), 'SIGKILL');

    space.letGo('b');
    await space.troupe('up', ...AUTO).says(/Driving/);
    await space.troupe('agent', 'agents/worker.md', ...AUTO).says(/offers/);
    expect(await space.troupe('watch', 'x', ...AUTO).ended).toMatchObject({ code: 0 });
    expect(space.starts('a')).toBe(1);
    expect(space.starts('c')).toBe(1);
  });

  test('two projects have two servers', async () => {
    const [one, other] = [project(), project()];
    const ups = [one, other].map(({ space }) => space.troupe('up', ...AUTO));
    await Promise.all(ups.map((up) => up.says(/Driving/)));
    expect(one.pid()).not.toBe(other.pid());
    const start = ['run', 'steps', '--id', 'x', '--no-wait', ...AUTO];
    expect(await one.space.troupe(...start).ended).toMatchObject({ code: 0 });
    expect((await other.space.troupe('show', 'x', ...AUTO).ended).code).toBe(2);
    for (const up of ups) up.send('SIGTERM');
    await Promise.all(ups.map(({ ended }) => ended));
  });
});
