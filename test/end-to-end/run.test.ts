import { expect, test } from 'vitest';
import { Workspace } from './workspace.ts';

const INPUT = 'requirements:\n  ticker: string\n  amount: number\n';

test('--json is one document on standard output and nothing else', async () => {
  const space = new Workspace();
  space.task('steps', { One: ['a'], Two: ['b'] }, INPUT);
  const ended = await space.troupe(
    'run',
    'steps',
    '--id',
    'x',
    '-i',
    'ticker=SPX',
    '-i',
    'amount=10',
    '--json',
  ).ended;
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(ended.stdout)).toMatchObject({
    execution: 'x',
    task: 'steps',
    status: 'completed',
    input: { ticker: 'SPX', amount: 10 },
    error: null,
    phases: [
      {
        name: 'One',
        status: 'completed',
        steps: [{ id: 'a', agent: 'worker', status: 'succeeded', attempts: 1 }],
      },
      { name: 'Two', status: 'completed' },
    ],
  });
});

test('input comes from a file, from standard input and from words, the words last', async () => {
  const space = new Workspace();
  space.task('steps', { One: ['a'] }, INPUT);
  space.write('input.yaml', 'ticker: OLD\namount: 10\n');
  const ended = await space.troupe(
    'run',
    'tasks/steps.md',
    '--input-file',
    'input.yaml',
    '-i',
    'ticker=A=B',
    '--json',
  ).ended;
  expect(JSON.parse(ended.stdout)).toMatchObject({ input: { ticker: 'A=B', amount: 10 } });
});

test('what is missing or wrong is listed with its place, before anything is written', async () => {
  const space = new Workspace();
  space.task('steps', { One: ['a'] }, INPUT);
  const missing = await space.troupe('run', 'steps', '-i', 'amout=3').ended;
  expect(missing).toMatchObject({ code: 2, stdout: '' });
  expect(missing.stderr).toMatch(/steps\.md: 'amout' is no field of this task; did you mean 'amount'\?/);
  expect(missing.stderr).toMatch(/steps\.md:7: 'ticker' is required \(string\)/);
  expect(missing.stderr).toMatch(/steps\.md:8: 'amount' is required \(number\)/);
  expect(missing.stderr).toMatch(/hint: .*-i FIELD=VALUE/);
  const wrong = await space.troupe('run', 'steps', '-i', 'ticker=A', '-i', 'amount=much', '--json').ended;
  expect(wrong.code).toBe(2);
  expect(JSON.parse(wrong.stdout)).toMatchObject({ error: { code: 'INPUT_INVALID' } });
  expect(space.has('.troupe')).toBe(false);
});

test('a definition with mistakes shows each where it is', async () => {
  const space = new Workspace();
  space.task('steps', { One: ['a'] }, 'maxExecutionTime: 5 parsecs\n');
  space.write(
    'tasks/other.md',
    '# other\n\n```yaml\nname: other\nversion: 1.0.0\n```\n\n## Phase: A\ndependsOn: [B]\n\n### Steps\n- agent: worker - x\n',
  );
  const bad = await space.troupe('run', 'steps').ended;
  expect(bad.code).toBe(2);
  expect(bad.stderr).toMatch(/steps\.md:6:\d+: error BAD_DURATION/);
  const unknown = await space.troupe('run', 'other').ended;
  expect(unknown.stderr).toMatch(/other\.md:9:\d+: error UNKNOWN_PHASE/);
  expect(space.has('.troupe')).toBe(false);
});

test('--no-wait records the start for somebody else', async () => {
  const space = new Workspace();
  space.task('steps', { One: ['a'] });
  const started = await space.troupe('run', 'steps', '--id', 'x', '--no-wait').ended;
  expect(started).toMatchObject({ code: 0, stderr: '' });
  expect(started.stdout).toMatch(/Recorded the start of x\.[\s\S]*troupe up[\s\S]*troupe resume x/);
  expect(space.starts('a')).toBe(0);
  const again = await space.troupe('run', 'steps', '--id', 'x', '--no-wait', '--json').ended;
  expect(JSON.parse(again.stdout)).toEqual({ execution: 'x', isNew: false, status: 'started' });
  const up = await space.troupe('up', '--once').ended;
  expect(up.stdout).toMatch(/x adopted[\s\S]*x completed in/);
  expect(space.starts('a')).toBe(1);
});

test('up takes what is started while it runs', async () => {
  const space = new Workspace();
  space.task('steps', { One: ['a'] });
  const up = space.troupe('up');
  await up.says(/Driving the executions/);
  await space.troupe('run', 'steps', '--id', 'x', '--no-wait').ended;
  await up.says(/x completed in/);
  up.send('SIGTERM');
  expect(await up.ended).toMatchObject({ code: 130 });
});
