import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Stage } from '../stage.ts';

const PHASES = { One: ['a', 'b'], Two: ['c'] };

/** A stage on which an execution `x` stands with the held steps at work. */
async function running(...held: readonly string[]) {
  const stage = new Stage();
  stage.task('steps', PHASES);
  stage.hold(...held);
  const run = stage.troupe('run', 'steps', '--id', 'x');
  await stage.untilBegun(...held);
  return { stage, run };
}

/** The same, but the process that drove it is gone. */
async function abandoned(...held: readonly string[]) {
  const stage = new Stage();
  stage.task('steps', PHASES);
  stage.hold(...held);
  await stage.abandon('steps', 'x', ...held);
  return stage;
}

describe('pause and resume', () => {
  test('pause waits for the work at hand and says for whom; the run shows it; resume goes on', async () => {
    const { stage, run } = await running('a', 'b');
    const pause = stage.troupe('pause', 'x', '--reason', 'lunch');
    await pause.says(/Waiting for worker \(a\), worker \(b\) to end\./);
    stage.letGo('a');
    await pause.says(/Waiting for worker \(b\) to end\./);
    stage.letGo('b');
    expect(await pause.ended).toMatchObject({ code: 0, stdout: 'x is paused.\ntroupe resume x goes on.\n' });
    await run.says(/pausing \(lunch\)[\s\S]*paused \(lunch\)/);
    expect(stage.starts('c')).toBe(0);
    const resume = await stage.troupe('resume', 'x').ended;
    expect(resume).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Asked the execution x to go on\./),
    });
    expect(await run.ended).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/going on[\s\S]*completed/),
    });
    expect(stage.starts('c')).toBe(1);
  });

  test('pause --no-wait tells how it stands now', async () => {
    const { stage } = await running('a', 'b');
    const pause = await stage.troupe('pause', 'x', '--no-wait').ended;
    expect(pause.code).toBe(0);
    expect(pause.stdout).toMatch(
      /^x is pausing: worker \(a\), worker \(b\) still at work\.\nprocess \d+ on .* drives it\.\n$/,
    );
    const again = await stage.troupe('pause', 'x').ended;
    expect(again).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/Cannot pause the execution x: it is pausing/),
    });
    stage.letGo('a', 'b');
  });

  test('an interrupted pause stays asked for', async () => {
    const { stage } = await running('a');
    const pause = stage.troupe('pause', 'x');
    await pause.says(/Waiting for worker \(a\) to end/);
    pause.interrupt();
    const { code, stdout } = await pause.ended;
    expect(code).toBe(130);
    expect(stdout).toMatch(/^x is pausing: worker \(a\) still at work\./);
    const { stdout: shown } = await stage.troupe('show', 'x', '--json').ended;
    expect(JSON.parse(shown)).toMatchObject({ status: 'pausing' });
    stage.letGo('a');
  });

  test('pause of what nobody drives gives up the claims of the process that is gone', async () => {
    const stage = await abandoned('a', 'b');
    expect(await stage.troupe('pause', 'x').ended).toMatchObject({
      code: 0,
      stdout: 'x is paused.\ntroupe resume x goes on.\n',
    });
    expect(stage.begun).toEqual([]);
    stage.letGo('a', 'b');
    expect(await stage.troupe('resume', 'x').ended).toMatchObject({ code: 0 });
  });

  test('resume of an ended execution tells its end and does nothing', async () => {
    const stage = new Stage();
    stage.task('steps', PHASES);
    await stage.troupe('run', 'steps', '--id', 'x').ended;
    const resume = await stage.troupe('resume', 'x').ended;
    expect(resume).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/has ended already[\s\S]*✓ completed/),
    });
    expect(stage.begun).toHaveLength(3);
  });
});

describe('abort', () => {
  test('ends what another process drives, whose work is stopped', async () => {
    const { stage, run } = await running('a', 'b');
    const abort = await stage.troupe('abort', 'x', '--reason', 'wrong input').ended;
    expect(abort).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^x is aborted\.\nProcess \d+ on .* stops worker \(a\), worker \(b\)\.\n$/,
      ),
    });
    expect(await run.ended).toMatchObject({ code: 3, stdout: expect.stringMatching(/Reason: wrong input/) });
    const again = await stage.troupe('abort', 'x').ended;
    expect(again).toMatchObject({ code: 2, stderr: expect.stringMatching(/it is aborted/) });
  });

  test('ends what nobody drives for good', async () => {
    const stage = await abandoned('a', 'b');
    const abort = await stage.troupe('abort', 'x', '--json').ended;
    expect(JSON.parse(abort.stdout)).toMatchObject({
      execution: 'x',
      accepted: true,
      status: 'aborted',
      owner: null,
      outstanding: [],
    });
    expect(await stage.troupe('up', '--once').ended).toMatchObject({ code: 0 });
    expect(await stage.troupe('resume', 'x').ended).toMatchObject({ code: 3 });
    expect(stage.begun).toEqual([]);
  });
});

describe('retry', () => {
  test('does again what failed, and only that', async () => {
    const stage = new Stage();
    stage.task('steps', PHASES);
    stage.fail('c');
    expect(await stage.troupe('run', 'steps', '--id', 'x').ended).toMatchObject({ code: 1 });
    expect(await stage.troupe('retry', 'x').ended).toMatchObject({ code: 1 });
    stage.succeed('c');
    expect(await stage.troupe('retry', 'x').ended).toMatchObject({ code: 0 });
    expect(['a', 'b', 'c'].map((step) => stage.starts(step))).toEqual([1, 1, 3]);
    expect(await stage.troupe('retry', 'x').ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/it is completed/),
    });
  });
});

describe('signal', () => {
  const SCHEMA = '{type: object, required: [amount], properties: {amount: {type: number}}}';

  test('reaches the step that waits, checked against its schema', async () => {
    const stage = new Stage();
    stage.task('ask', { Ask: [`wait: go - The go\n  \`\`\`yaml\n  schema: ${SCHEMA}\n  \`\`\``], Do: ['a'] });
    const run = stage.troupe('run', 'ask', '--id', 'x');
    await run.says(/waiting for the signal go/);
    const misfit = await stage.troupe('signal', 'x', 'go', '{"amount": "much"}').ended;
    expect(misfit).toMatchObject({ code: 2, stderr: expect.stringMatching(/The signal go does not fit/) });
    const broken = await stage.troupe('signal', 'x', 'go', '{amount').ended;
    expect(broken).toMatchObject({ code: 2, stderr: expect.stringMatching(/The payload is not JSON/) });
    const sent = await stage.troupe('signal', 'x', 'go', '{"amount": 3}').ended;
    expect(sent).toMatchObject({ code: 0, stdout: 'Sent: the step that waited for go has it.\n' });
    expect(await run.ended).toMatchObject({ code: 0 });
    const late = await stage.troupe('signal', 'x', 'go').ended;
    expect(late).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/Cannot signal the execution x: it is completed/),
    });
  });

  test('that comes early is kept; one for what nobody drives says how to go on', async () => {
    const stage = new Stage();
    stage.task('ask', { Ask: ['a', 'wait: go - The go'] });
    await stage.troupe('run', 'ask', '--id', 'x', '--no-wait').ended;
    stage.write('payload.json', '{"amount": 3}');
    const early = await stage.troupe('signal', 'x', 'go', '--payload-file', 'payload.json').ended;
    expect(early.stdout).toBe(
      'Sent. Nothing waits for go yet: it is kept for the step that will.\nNo living process drives x: troupe resume x goes on with it.\n',
    );
    const { stdout } = await stage.troupe('resume', 'x', '--json').ended;
    expect(JSON.parse(stdout).phases[0].steps[1]).toMatchObject({ kind: 'wait', output: { amount: 3 } });
    const json = await stage.troupe('signal', 'x', 'go', '--json').ended;
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'NOT_POSSIBLE_NOW' } });
  });
});

describe('watch', () => {
  test('without an id follows the newest that has not ended, to its end', async () => {
    const { stage, run } = await running('c');
    const watch = stage.troupe('watch');
    await watch.says(/Ctrl-C only stops watching\./);
    stage.letGo('c');
    expect(await watch.ended).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/step c \(worker\): done[\s\S]*✓ completed/),
    });
    await run.ended;
    expect(await stage.troupe('watch').ended).toMatchObject({ code: 2 });
    expect(await stage.troupe('watch', 'x').ended).toMatchObject({ code: 0 });
  });

  test('says when nobody drives it, goes on when somebody does, and ends when interrupted', async () => {
    const stage = await abandoned('a');
    const watch = stage.troupe('watch', 'x');
    await watch.says(/No living process drives it: troupe resume x goes on with it\./);
    stage.letGo('a');
    const other = stage.troupe('watch', 'x', '--json');
    expect(await stage.troupe('resume', 'x').ended).toMatchObject({ code: 0 });
    expect(await watch.ended).toMatchObject({ code: 0 });
    expect(JSON.parse((await other.ended).stdout)).toMatchObject({ status: 'completed' });
  });
});

describe('up', () => {
  test('--once drives what is left and leaves what waits for a person', async () => {
    const stage = new Stage();
    stage.task('steps', PHASES);
    stage.task('ask', { Ask: ['wait: go - The go'] });
    await stage.troupe('run', 'steps', '--id', 'x', '--no-wait').ended;
    await stage.troupe('run', 'ask', '--id', 'y', '--no-wait').ended;
    const { code, stdout } = await stage.troupe('up', '--once').ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Driving the executions in .*\.troupe\. Ctrl-C stops after the work at hand\./);
    expect(stdout).toMatch(/x adopted\n[\s\S]*x completed in/);
    expect(stdout).toMatch(/y adopted\n/);
    expect(stdout).toMatch(/1 execution left waiting for a person or a signal\.\n$/);
  });

  test('takes what is started, signalled and retried meanwhile; the first interrupt lets the work end', async () => {
    const stage = new Stage();
    stage.task('steps', PHASES);
    stage.fail('c');
    stage.hold('b');
    const up = stage.troupe('up');
    await up.says(/Driving/);
    await stage.troupe('run', 'steps', '--id', 'x', '--no-wait').ended;
    await stage.untilBegun('b');
    up.interrupt();
    await up.says(/Stopping: attempts at work may end first/);
    stage.letGo('b');
    expect(await up.ended).toMatchObject({ code: 130 });
    expect(stage.starts('c')).toBe(0);

    const next = stage.troupe('up');
    await next.says(/x failed after/);
    stage.succeed('c');
    const retry = await stage.troupe('retry', 'x').ended;
    expect(retry.code).toBe(0);
    next.interrupt();
    expect(await next.ended).toMatchObject({ code: 130 });
    expect(stage.starts('b')).toBe(1);
  });

  test('a second interrupt gives the work back and ends the process', async () => {
    const stage = new Stage();
    stage.task('steps', PHASES);
    stage.hold('a', 'b');
    await stage.troupe('run', 'steps', '--id', 'x', '--no-wait').ended;
    const up = stage.troupe('up');
    await stage.untilBegun('a', 'b');
    up.interrupt();
    up.interrupt();
    await up.ended;
    expect(up.endedAtOnce).toEqual([130]);
  });
});

test('a command about an execution that is not there makes no folder', async () => {
  const stage = new Stage();
  for (const words of [['resume'], ['retry'], ['pause'], ['abort'], ['watch'], ['signal', 'go']]) {
    const [command = '', ...rest] = words;
    const { code, stderr } = await stage.troupe(command, 'nowhere', ...rest).ended;
    expect({ code, stderr }, command).toEqual({
      code: 2,
      stderr: expect.stringMatching(/no execution nowhere here/),
    });
  }
  expect(existsSync(join(stage.cwd, '.troupe'))).toBe(false);
});
