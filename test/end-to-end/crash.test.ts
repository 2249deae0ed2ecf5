import { expect, test } from 'vitest';
import { isRunning } from '../../src/adapters/system/processes.ts';
import { Workspace } from './workspace.ts';

/** Three phases; the second has steps side by side. */
const PHASES = { One: ['a'], Two: ['b', 'c', 'd'], Three: ['e'] };
const STEPS = Object.values(PHASES).flat();

/** The step at which the killed process stands, and what was accepted by then. */
const MOMENTS = [
  { at: ['a'], accepted: [] },
  { at: ['b', 'c', 'd'], accepted: ['a'] },
  { at: ['c'], accepted: ['a', 'b', 'd'] },
  { at: ['e'], accepted: ['a', 'b', 'c', 'd'] },
] as const;

const WAYS_ON = [
  ['run --id', ['run', 'steps', '--id', 'x']],
  ['resume', ['resume', 'x']],
  ['up', ['up', '--once']],
] as const;

/** Every way on at the richest moment, and each other moment with one of them. */
const CASES = MOMENTS.flatMap((moment, at) =>
  WAYS_ON.filter((_, way) => at === 1 || way === at % WAYS_ON.length).map(([name, args]) => ({
    ...moment,
    name,
    args,
  })),
);

test.each(CASES)(
  'killed at $at, $name goes on and repeats no accepted step',
  async ({ at, accepted, args }) => {
    const space = new Workspace();
    space.task('steps', PHASES);
    space.hold(...at);
    const first = space.troupe('run', 'steps', '--id', 'x');
    await space.untilStarted(...at);
    await Promise.all(accepted.map((step) => first.says(new RegExp(`step ${step} .*: done`))));
    const held: readonly string[] = at;
    const atWork = space.journal.filter(({ what, step }) => what === 'start' && held.includes(step));
    await first.kill();

    space.letGo(...at);
    const second = await space.troupe(...args).ended;
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toMatch(/completed in/);
    for (const step of accepted) expect(space.starts(step), step).toBe(1);
    for (const step of STEPS)
      expect(
        space.journal.filter((entry) => entry.what === 'end' && entry.step === step).length,
      ).toBeGreaterThan(0);
    for (const { pid } of atWork) expect(isRunning(pid)).toBe(false);
  },
);

test('run with the id of an ended execution gives its result and runs nothing', async () => {
  const space = new Workspace();
  space.task('steps', PHASES);
  expect(await space.troupe('run', 'steps', '--id', 'x').ended).toMatchObject({ code: 0 });
  const again = await space.troupe('run', 'steps', '--id', 'x', '--json').ended;
  expect(again.code).toBe(0);
  expect(JSON.parse(again.stdout)).toMatchObject({ execution: 'x', status: 'completed' });
  for (const step of STEPS) expect(space.starts(step)).toBe(1);
});

test('run with the id of a living process follows it to its end', async () => {
  const space = new Workspace();
  space.task('steps', PHASES);
  space.hold('e');
  const owner = space.troupe('run', 'steps', '--id', 'x');
  await space.untilStarted('e');
  const viewer = space.troupe('run', 'steps', '--id', 'x');
  await viewer.says(/is driven by process \d+ .* Watching it/);
  space.letGo('e');
  const [a, b] = await Promise.all([owner.ended, viewer.ended]);
  expect([a.code, b.code]).toEqual([0, 0]);
  expect(b.stdout).toMatch(/step e .*: done/);
  for (const step of STEPS) expect(space.starts(step)).toBe(1);
});

test('a viewer with an engine takes over when the process that drives is killed', async () => {
  const space = new Workspace();
  space.task('steps', PHASES);
  space.hold('e');
  const owner = space.troupe('run', 'steps', '--id', 'x');
  await space.untilStarted('e');
  const viewer = space.troupe('run', 'steps', '--id', 'x');
  await viewer.says(/Watching it/);
  await owner.kill();
  await viewer.says(/going on with it here/);
  space.letGo('e');
  expect(await viewer.ended).toMatchObject({ code: 0 });
});

test('up that is running takes over what a killed process leaves behind', async () => {
  const space = new Workspace();
  space.task('steps', PHASES);
  space.hold('b', 'c', 'd');
  const up = space.troupe('up');
  await up.says(/Driving the executions/);
  const run = space.troupe('run', 'steps', '--id', 'x');
  await space.untilStarted('b', 'c', 'd');
  await run.kill();
  await up.says(/x adopted/);
  space.letGo('b', 'c', 'd');
  await up.says(/x completed in/);
  up.send('SIGINT');
  expect(await up.ended).toMatchObject({ code: 130 });
  expect(space.starts('a')).toBe(1);
});

test('the same id with another input is refused', async () => {
  const space = new Workspace();
  space.task('steps', PHASES, 'requirements:\n  ticker: string\n');
  expect(await space.troupe('run', 'steps', '--id', 'x', '-i', 'ticker=A').ended).toMatchObject({ code: 0 });
  const other = await space.troupe('run', 'steps', '--id', 'x', '-i', 'ticker=B').ended;
  expect(other.code).toBe(2);
  expect(other.stderr).toMatch(/exists already, and it was started with another input/);
});
