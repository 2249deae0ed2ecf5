import { expect, test } from 'vitest';
import { isRunning } from '../../src/adapters/system/processes.ts';
import { Workspace } from './workspace.ts';

const PHASES = { One: ['a', 'b'], Two: ['c'] };

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s lets the work at hand end, takes no more, says how to go on',
  async (signal) => {
    const space = new Workspace();
    space.task('steps', PHASES);
    space.hold('a', 'b');
    const run = space.troupe('run', 'steps', '--id', 'x');
    await space.untilStarted('a', 'b');
    run.send(signal);
    await run.says(/Stopping: 2 attempts at work may end first \(worker\)/);
    space.letGo('a', 'b');
    const ended = await run.ended;
    expect(ended.code).toBe(130);
    expect(ended.stderr).toMatch(
      /The execution x has not ended: it is running\.\ntroupe resume x goes on with it/,
    );
    expect(space.starts('c')).toBe(0);
    expect(await space.troupe('resume', 'x').ended).toMatchObject({ code: 0 });
    expect(['a', 'b', 'c'].map((step) => space.starts(step))).toEqual([1, 1, 1]);
  },
);

test('an interrupt while nothing is at work ends at once', async () => {
  const space = new Workspace();
  space.task('ask', { Ask: ['wait: go - The go'], Do: ['a'] });
  const run = space.troupe('run', 'ask', '--id', 'x');
  await run.says(/waiting for the signal go/);
  run.send('SIGINT');
  expect(await run.ended).toMatchObject({ code: 130 });
});

test('a second interrupt ends at once, agents and all that they started included', async () => {
  const space = new Workspace();
  space.task('stuck', { One: ['agent: stubborn - never ends', 'a'] });
  space.hold('a');
  const run = space.troupe('run', 'stuck', '--id', 'x');
  await space.untilJournal((journal) => journal.filter(({ what }) => what === 'child').length === 2);
  await space.untilStarted('a');
  run.send('SIGINT');
  await run.says(/Stopping: 2 attempts/);
  run.send('SIGINT');
  expect(await run.ended).toMatchObject({ code: 130 });
  for (const { pid } of space.journal) expect(isRunning(pid)).toBe(false);

  // Nothing of it counts as a failure: the work was given back.
  const shown = JSON.parse((await space.troupe('show', 'x', '--json').ended).stdout);
  expect(shown).toMatchObject({ status: 'running' });
});

test('an agent that ignores SIGTERM and forks leaves nothing running when the task times out', async () => {
  const space = new Workspace();
  space.task('stuck', { One: ['agent: stubborn - never ends'] }, 'maxExecutionTime: 6s\n');
  const run = space.troupe('run', 'stuck', '--id', 'x');
  await space.untilJournal((journal) => journal.filter(({ what }) => what === 'child').length === 2);
  const ended = await run.ended;
  expect(ended.code).toBe(4);
  expect(ended.stdout).toMatch(/✗ timed out after/);
  expect(space.journal.length).toBeGreaterThanOrEqual(3);
  for (const { pid } of space.journal) expect(isRunning(pid)).toBe(false);
});

test('an interrupt of watch stops only watching', async () => {
  const space = new Workspace();
  space.task('steps', PHASES);
  space.hold('a');
  const run = space.troupe('run', 'steps', '--id', 'x');
  await space.untilStarted('a');
  const watch = space.troupe('watch', 'x');
  await watch.says(/Ctrl-C only stops watching/);
  watch.send('SIGINT');
  const watched = await watch.ended;
  expect(watched.code).toBe(130);
  expect(watched.stderr).toMatch(/troupe watch x follows it again/);
  space.letGo('a');
  expect(await run.ended).toMatchObject({ code: 0 });
});

test('when nobody reads its output any more, run stops quietly after the work at hand', async () => {
  const space = new Workspace();
  space.task('steps', PHASES);
  space.hold('a', 'b');
  const run = space.troupe('run', 'steps', '--id', 'x');
  await space.untilStarted('a', 'b');
  run.closeStdout();
  space.letGo('a', 'b');
  const ended = await run.ended;
  expect(ended.stderr).not.toMatch(/EPIPE|at .*\.ts:/);
  const resumed = await space.troupe('resume', 'x').ended;
  expect(resumed.code).toBe(0);
  expect(['a', 'b'].map((step) => space.starts(step))).toEqual([1, 1]);
});
