import { expect, test } from 'vitest';
import { Workspace } from './workspace.ts';

/** What other processes see of an execution while one drives it, after that one was killed, and once another went on. */

const PHASES = { One: ['a'], Two: ['b'] };

test('list is true while another process drives, after kill -9, and when it has ended', async () => {
  const space = new Workspace();
  space.task('steps', PHASES);
  space.hold('a');
  const run = space.troupe('run', 'steps', '--id', 'x');
  await space.untilStarted('a');
  expect(await listed(space)).toMatchObject([
    {
      id: 'x',
      task: 'steps',
      status: 'running',
      driven: true,
      waitsFor: 'worker',
      phases: { total: 2, running: 1 },
    },
  ]);

  await run.kill();
  expect(await listed(space)).toMatchObject([
    { id: 'x', status: 'running', driven: false, finishedAt: null },
  ]);
  expect((await space.troupe('list').ended).stdout).toMatch(
    /‖ stopped +x +steps .* troupe resume x goes on with it\n/,
  );
  expect((await space.troupe('show', 'x').ended).stdout).toContain(
    'no process drives it; troupe resume x goes on',
  );

  space.letGo('a');
  expect((await space.troupe('resume', 'x').ended).code).toBe(0);
  const [entry] = await listed(space);
  expect(entry).toMatchObject({ status: 'completed', waitsFor: null, phases: { completed: 2, running: 0 } });
  expect(entry).not.toHaveProperty('driven');
});

test('the report after a crash shows the attempt that was lost, and the one that did the work', async () => {
  const space = new Workspace();
  space.task('steps', PHASES);
  space.hold('a');
  const run = space.troupe('run', 'steps', '--id', 'x');
  await space.untilStarted('a');
  await run.kill();
  space.letGo('a');
  await space.troupe('resume', 'x').ended;
  const { stdout } = await space.troupe('show', 'x').ended;
  expect(stdout).toMatch(/attempt 1 was lost with its host .*\n +attempt 2 succeeded/);
});

test('events --follow sees what another process does, and ends with the execution', async () => {
  const space = new Workspace();
  space.task('steps', PHASES);
  space.hold('a');
  const run = space.troupe('run', 'steps', '--id', 'x');
  await space.untilStarted('a');
  const events = space.troupe('events', 'x', '--follow', '--json');
  await events.says(/"step.claimed"/);
  space.letGo('a');
  expect((await run.ended).code).toBe(0);
  const { code, stdout } = await events.ended;
  const records = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(code).toBe(0);
  expect(records.filter(({ type }) => type === 'step.succeeded').map(({ data }) => data.step)).toEqual([
    'a',
    'b',
  ]);
  expect(records.map(({ position }) => position)).toEqual(
    records.map(({ position }) => position).toSorted((one, other) => one - other),
  );
});

test('agents and doctor see the hosts and processes that are at work', async () => {
  const space = new Workspace();
  space.task('steps', PHASES);
  space.hold('a');
  const run = space.troupe('run', 'steps', '--id', 'x');
  await space.untilStarted('a');
  const { stdout } = await space.troupe('agents').ended;
  expect(stdout).toMatch(new RegExp(`Hosts at work\\n +● process ${run.pid} on `));
  expect(stdout).toMatch(/worker: 1 of 8 busy/);
  const doctor = await space.troupe('doctor').ended;
  expect(doctor.stdout).toContain('1 at work on this folder');
  expect(doctor.code).toBe(0);
});

// biome-ignore lint/suspicious/noExplicitAny: a test looks into documents as their readers do.
async function listed(space: Workspace): Promise<any> {
  const { stdout } = await space.troupe('list', '--json').ended;
  return JSON.parse(stdout).executions;
}
