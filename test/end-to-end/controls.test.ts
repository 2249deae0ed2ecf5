import { expect, test } from 'vitest';
import { Workspace } from './workspace.ts';

const PHASES = { One: ['a', 'b'], Two: ['c'] };

function running(...held: readonly string[]) {
  const space = new Workspace();
  space.task('steps', PHASES);
  space.hold(...held);
  return { space, run: space.troupe('run', 'steps', '--id', 'x') };
}

test('pause from another process waits for what is at work, and says for whom; resume goes on', async () => {
  const { space, run } = running('a', 'b');
  await space.untilStarted('a', 'b');
  const pause = space.troupe('pause', 'x', '--reason', 'lunch');
  await pause.says(/Waiting for worker \(a\), worker \(b\) to end/);
  space.letGo('a');
  await pause.says(/Waiting for worker \(b\) to end/);
  space.letGo('b');
  const paused = await pause.ended;
  expect(paused).toMatchObject({ code: 0 });
  expect(paused.stdout).toBe('x is paused.\ntroupe resume x goes on.\n');
  await run.says(/paused \(lunch\)/);
  expect(space.starts('c')).toBe(0);

  const resume = space.troupe('resume', 'x');
  const [resumed, ran] = await Promise.all([resume.ended, run.ended]);
  expect([resumed.code, ran.code]).toEqual([0, 0]);
  expect(ran.stdout).toMatch(/going on[\s\S]*completed in/);
  expect(space.starts('c')).toBe(1);
});

test('abort from another process ends the run with 3 and stops its agents', async () => {
  const { space, run } = running('a', 'b');
  await space.untilStarted('a', 'b');
  const abort = await space.troupe('abort', 'x', '--reason', 'wrong input').ended;
  expect(abort).toMatchObject({ code: 0, stderr: '' });
  expect(abort.stdout).toMatch(/^x is aborted\.\nProcess \d+ on .* stops worker \(a\), worker \(b\)\.\n$/);
  const ran = await run.ended;
  expect(ran.code).toBe(3);
  expect(ran.stdout).toMatch(/aborted .*Reason: wrong input/s);
  expect(space.journal.filter(({ what }) => what === 'end')).toEqual([]);
  expect(await space.troupe('resume', 'x').ended).toMatchObject({ code: 3 });
});

test('pause and abort work on an execution that nobody drives', async () => {
  const { space, run } = running('a', 'b');
  await space.untilStarted('a', 'b');
  await run.kill();
  const pause = await space.troupe('pause', 'x').ended;
  expect(pause).toMatchObject({ code: 0, stdout: 'x is paused.\ntroupe resume x goes on.\n' });
  const abort = await space.troupe('abort', 'x', '--json').ended;
  expect(JSON.parse(abort.stdout)).toMatchObject({ status: 'aborted', owner: null, outstanding: [] });
  expect(await space.troupe('up', '--once').ended).toMatchObject({ code: 0 });
  expect(space.starts('a')).toBe(1);
});

test('a signal goes to the step that waits for it, whoever drives it', async () => {
  const space = new Workspace();
  space.write(
    'tasks/ask.md',
    [
      '# ask\n\n```yaml\nname: ask\nversion: 1.0.0\n```\n\n## Phase: Ask\n\n### Steps\n- wait: go - The go',
      '  ```yaml\n  schema: {type: object, required: [amount], properties: {amount: {type: number}}}\n  ```\n',
      '## Phase: Do\ndependsOn: [Ask]\n\n### Steps\n- agent: worker - do\n',
    ].join('\n'),
  );
  const run = space.troupe('run', 'ask', '--id', 'x');
  await run.says(/waiting for the signal go \(troupe signal x go\)/);
  const misfit = await space.troupe('signal', 'x', 'go', '{"amount": "much"}').ended;
  expect(misfit.code).toBe(2);
  expect(misfit.stderr).toMatch(/The signal go does not fit what the execution waits for/);
  const broken = await space.troupe('signal', 'x', 'go', '{amount').ended;
  expect(broken).toMatchObject({ code: 2 });
  const early = await space.troupe('signal', 'x', 'other', 'a text').ended;
  expect(early.stdout).toBe('Sent. Nothing waits for other yet: it is kept for the step that will.\n');
  space.write('payload.yaml', 'amount: 3\n');
  const sent = await space.troupe('signal', 'x', 'go', '--payload-file', 'payload.yaml').ended;
  expect(sent).toMatchObject({ code: 0, stdout: 'Sent: the step that waited for go has it.\n' });
  expect(await run.ended).toMatchObject({ code: 0 });
});

test('watch follows what another process drives, and ends with it', async () => {
  const { space, run } = running('c');
  await space.untilStarted('c');
  const watch = space.troupe('watch');
  await watch.says(/Ctrl-C only stops watching/);
  space.letGo('c');
  const watched = await watch.ended;
  expect(watched.code).toBe(0);
  expect(watched.stdout).toMatch(/step c .*: done[\s\S]*✓ completed in/);
  await run.ended;
  const nothing = await space.troupe('watch').ended;
  expect(nothing).toMatchObject({ code: 2 });
});
