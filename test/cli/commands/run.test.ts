import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { Stage } from '../stage.ts';
import { FakeTerminal } from '../terminal/fake-terminal.ts';

const PHASES = { One: ['a', 'b'], Two: ['c'] };

describe('run', () => {
  test('away from a terminal writes one line per event, then the outcome', async () => {
    const stage = new Stage();
    stage.task('steps', PHASES);
    const { code, stdout, stderr } = await stage.troupe('run', 'steps', '--id', 'x').ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout
      .split('\n')
      .map((line) => line.replace(/^\[.{8}\] /, '').replace(/in [\d.]+ m?s/, 'in T'));
    expect(lines.slice(0, 2)).toEqual(['started steps, execution x', 'phase One: running']);
    expect(lines).toContain('step a (worker): at a');
    expect(lines).toContain('step c (worker): done');
    expect(lines).toContain('completed in T');
    expect(lines).toContain('✓ completed in T: steps 1.0.0, 2 phases, 3 of 3 steps done');
    expect(lines.at(-2)).toBe('look at it   troupe show x');
  });

  test('on a terminal draws the phases and leaves them there, the cursor visible', async () => {
    const stage = new Stage();
    stage.task('steps', PHASES);
    stage.hold('a');
    const stdout = new FakeTerminal(90, 20);
    const run = stage.troupeWith(
      { stdout, stderr: stdout, env: { TERM: 'xterm' } },
      'run',
      'steps',
      '--id',
      'x',
    );
    await stage.untilBegun('a');
    // It is redrawn at most ten times a second.
    await vi.waitFor(() => expect(stdout.lines.at(-1)).toContain('Ctrl-C'), { timeout: 10_000 });
    expect(stdout.isCursorVisible).toBe(false);
    expect(stdout.lines[0]).toMatch(/^● running {2}steps 1\.0\.0 .* 0 of 2 phases {2}x$/);
    expect(stdout.lines.at(-1)).toBe('Ctrl-C stops after the work at hand; troupe resume x goes on.');
    stage.letGo('a');
    expect((await run.ended).code).toBe(0);
    expect(stdout.isCursorVisible).toBe(true);
    expect(stdout.resizeListenerCount).toBe(0);
    expect(stdout.lines[0]).toMatch(/^✓ One +completed .* 2 steps$/);
    expect(stdout.lines[3]).toMatch(/^✓ completed in .*: steps 1\.0\.0, 2 phases, 3 of 3 steps done$/);
  });

  test('a dumb terminal gets lines', async () => {
    const stage = new Stage();
    stage.task('steps', PHASES);
    const stdout = new FakeTerminal();
    await stage.troupeWith({ stdout, env: { TERM: 'dumb' } }, 'run', 'steps').ended;
    expect(stdout.raw).toMatch(/phase One: running/);
    expect(stdout.raw).not.toContain('\u001B');
  });

  test('with --json tells progress on standard error if that is a terminal', async () => {
    const stage = new Stage();
    stage.task('steps', PHASES);
    const stderr = new FakeTerminal(200);
    const { code, stdout } = await stage.troupeWith({ stderr }, 'run', 'steps', '--json').ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'completed',
      outputs: { worker: { step: 'c', attempt: 1 } },
    });
    expect(stderr.raw).toMatch(/phase Two: completed/);
  });

  test('outputs are written in full although they are kept apart', async () => {
    const stage = new Stage();
    stage.write(
      'agents/big.md',
      '---\nname: big\ndescription: For tests.\ntroupe:\n  module: ./big.mjs\n---\n',
    );
    stage.write('agents/big.mjs', `export default () => ({ text: 'x'.repeat(100_000) });\n`);
    stage.task('large', { One: ['agent: big - write a lot'] });
    const { stdout } = await stage.troupe('run', 'large', '--json').ended;
    const report = JSON.parse(stdout);
    expect(report.outputs.big.text).toHaveLength(100_000);
    expect(report.phases[0].steps[0].output).toMatchObject({ $artifact: expect.stringMatching(/^sha256:/) });
  });

  test('a failed step fails the command, with the step, its error and how to go on', async () => {
    const stage = new Stage();
    stage.task('steps', PHASES);
    stage.fail('c');
    const { code, stdout } = await stage.troupe('run', 'steps', '--id', 'x').ended;
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ worker \(c\) after 1 attempt: crash: c did not work/);
    expect(stdout).toMatch(/try again {4}troupe retry x/);
  });

  test('the first interrupt lets the work end and takes no more', async () => {
    const stage = new Stage();
    stage.task('steps', PHASES);
    stage.hold('a', 'b');
    const run = stage.troupe('run', 'steps', '--id', 'x', '--data', 'elsewhere');
    await stage.untilBegun('a', 'b');
    await run.says(/Ctrl-C stops/);
    run.interrupt();
    await run.says(/Stopping: 2 attempts at work may end first \(worker\)/);
    stage.letGo('a', 'b');
    const { code, stderr } = await run.ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(
      /The execution x has not ended: it is running\.\ntroupe resume x --data elsewhere goes on/,
    );
    expect(stage.starts('c')).toBe(0);
    expect(await stage.troupe('resume', 'x', '--data', 'elsewhere').ended).toMatchObject({ code: 0 });
    expect(stage.begun.toSorted()).toEqual(['a', 'b', 'c']);
  });

  test('an interrupted execution that ends while its work is let end has ended', async () => {
    const stage = new Stage();
    stage.task('one', { One: ['a'] });
    stage.hold('a');
    const run = stage.troupe('run', 'one');
    await stage.untilBegun('a');
    await run.says(/Ctrl-C stops/);
    run.interrupt();
    await run.says(/Stopping: 1 attempt at work/);
    stage.letGo('a');
    expect(await run.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/✓ completed/) });
  });

  test('a second interrupt gives the work back and ends the process', async () => {
    const stage = new Stage();
    stage.task('steps', PHASES);
    stage.hold('a', 'b');
    const run = stage.troupe('run', 'steps', '--id', 'x');
    await stage.untilBegun('a', 'b');
    await run.says(/Ctrl-C stops/);
    run.interrupt();
    run.interrupt();
    run.interrupt();
    await run.ended;
    expect(run.endedAtOnce).toEqual([130]);
    const { stdout } = await stage.troupe('show', 'x', '--json').ended;
    expect(JSON.parse(stdout)).toMatchObject({ status: 'running' });
  });

  test('the id of a living process is watched, the same id with another input refused', async () => {
    const stage = new Stage();
    stage.task('steps', PHASES, 'requirements:\n  who: string\n');
    stage.hold('c');
    const owner = stage.troupe('run', 'steps', '--id', 'x', '-i', 'who=me');
    await stage.untilBegun('c');
    const viewer = stage.troupe('run', 'steps', '--id', 'x', '-i', 'who=me');
    await viewer.says(/is driven by process \d+ on .*\. Watching it\./);
    await viewer.says(/Ctrl-C only stops watching/);
    const other = await stage.troupe('run', 'steps', '--id', 'x', '-i', 'who=you').ended;
    expect(other).toMatchObject({ code: 2, stderr: expect.stringMatching(/started with another input/) });
    stage.letGo('c');
    const [, watched] = await Promise.all([owner.ended, viewer.ended]);
    expect(watched).toMatchObject({ code: 0, stdout: expect.stringMatching(/step c \(worker\): done/) });
  });

  test('an interrupted viewer leaves the execution to its owner', async () => {
    const stage = new Stage();
    stage.task('steps', PHASES);
    stage.hold('c');
    const owner = stage.troupe('run', 'steps', '--id', 'x');
    await stage.untilBegun('c');
    const viewer = stage.troupe('run', 'steps', '--id', 'x');
    await viewer.says(/Ctrl-C only stops watching/);
    viewer.interrupt();
    expect(await viewer.ended).toMatchObject({
      code: 130,
      stderr: expect.stringMatching(/troupe watch x follows it again/),
    });
    stage.letGo('c');
    expect(await owner.ended).toMatchObject({ code: 0 });
  });

  test('a task that waits says for what', async () => {
    const stage = new Stage();
    stage.task('ask', { Ask: ['wait: go - The go'] });
    const run = stage.troupe('run', 'ask', '--id', 'x');
    await run.says(/waiting for the signal go \(troupe signal x go\)/);
    run.interrupt();
    expect(await run.ended).toMatchObject({ code: 130, stdout: expect.stringMatching(/Stopping\.\n/) });
  });

  test('--no-wait only writes the start; --dry-run, --list and --validate-only nothing', async () => {
    const stage = new Stage();
    stage.task('steps', PHASES);
    for (const words of [
      ['steps', '--dry-run'],
      ['steps', '--list'],
      ['--list'],
      ['steps', '--validate-only'],
    ]) {
      expect(await stage.troupe('run', ...words).ended, words.join(' ')).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/steps|One/),
      });
    }
    expect(existsSync(join(stage.cwd, '.troupe'))).toBe(false);
    const started = await stage.troupe('run', 'steps', '--id', 'x', '--no-wait').ended;
    expect(started).toMatchObject({ code: 0, stdout: expect.stringMatching(/Recorded the start of x\./) });
    const again = await stage.troupe('run', 'steps', '--id', 'x', '--no-wait').ended;
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/x is there already\./) });
    expect(stage.begun).toEqual([]);
    expect(await stage.troupe('resume', 'x').ended).toMatchObject({ code: 0 });
  });
});
