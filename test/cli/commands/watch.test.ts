import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { natsServerForFile } from '../../fixtures/nats/server.ts';
import { NatsStage } from '../nats-stage.ts';
import { Stage } from '../stage.ts';
import { WholeTerminal } from '../whole-terminal.ts';

const PHASES = { One: ['a', 'b'], Two: ['c'] };

/** `watch` on a terminal, beside a run whose held steps are at work. */
async function watching({
  held = [],
  args = ['x'],
  columns = 120,
  rows = 40,
}: {
  held?: readonly string[];
  args?: readonly string[];
  columns?: number;
  rows?: number;
} = {}) {
  const stage = new Stage();
  stage.task('steps', PHASES);
  stage.hold(...held);
  const run = stage.troupe('run', 'steps', '--id', 'x');
  if (held.length === 0) await run.ended;
  else await stage.untilBegun(...held);
  return { stage, run, ...look(stage, args, new WholeTerminal(columns, rows)) };
}

function look(stage: Pick<Stage, 'troupeWith'>, args: readonly string[], terminal = new WholeTerminal()) {
  const stdout = terminal.output();
  const watch = stage.troupeWith({ stdout, keyboard: terminal.keyboard }, 'watch', ...args);
  return { terminal, watch };
}

describe('one execution on the whole terminal', () => {
  test('shows phases and steps, why it waits, agents and the log, and gives the terminal back', async () => {
    const { stage, run, terminal, watch } = await watching({ held: ['a', 'b'] });
    const shown = await terminal.shows(/working/);
    expect(shown).toMatch(/● running .* LIVE .*steps x/);
    expect(shown).toMatch(/━━ Steps 0\/3 done/);
    expect(shown).toMatch(/── Why /);
    expect(shown).toMatch(/── Agents /);
    expect(shown).toMatch(/step\.claimed +a +claimed by/);
    expect(terminal).toMatchObject({ isOnOther: true, isCursorHidden: true, isRaw: true });
    stage.letGo('a', 'b');
    await terminal.shows(/✓ completed/);
    await run.ended;
    terminal.press('q');
    expect(await watch.ended).toMatchObject({ code: 0, stderr: '' });
    expect(terminal).toMatchObject({ isOnOther: false, isCursorHidden: false, isRaw: false });
    expect(terminal.text).toMatch(/completed in/);
  });

  test('leaves the execution as it is, also by Ctrl-C and by a signal', async () => {
    const { stage, run, terminal, watch } = await watching({ held: ['a', 'b'] });
    await terminal.shows(/working/);
    terminal.press('ctrl-c');
    expect((await watch.ended).code).toBe(130);
    const again = look(stage, ['x']);
    await again.terminal.shows(/working/);
    again.watch.interrupt();
    expect((await again.watch.ended).code).toBe(130);
    expect(again.terminal).toMatchObject({ isOnOther: false, isCursorHidden: false, isRaw: false });
    stage.letGo('a', 'b');
    expect((await run.ended).code).toBe(0);
  });

  test('pauses, resumes and aborts when it is asked to', async () => {
    const { stage, run, terminal, watch } = await watching({ held: ['a', 'b'] });
    await terminal.shows(/working/);
    terminal.press('p');
    await terminal.shows(/Why pause\?/);
    terminal.press('type:lunch', 'enter');
    await terminal.shows(/pausing/);
    stage.letGo('a', 'b');
    await terminal.shows(/‖ paused/);
    terminal.press('r');
    await terminal.shows(/✓ completed/);
    terminal.press('x');
    await terminal.shows(/there is nothing to abort/);
    terminal.press('q');
    await watch.ended;
    await run.ended;
  });

  test('asks before it aborts, and does nothing when it is told not to', async () => {
    const { run, terminal, watch } = await watching({ held: ['a', 'b'] });
    await terminal.shows(/working/);
    terminal.press('x');
    await terminal.shows(/Abort x\?/);
    terminal.press('n');
    await terminal.shows(/\? keys/);
    terminal.press('x', 'y', 'enter');
    await terminal.shows(/aborted/);
    terminal.press('q');
    expect((await watch.ended).code).toBe(3);
    expect((await run.ended).code).toBe(3);
  });

  test('goes back in time and comes back', async () => {
    const { terminal, watch } = await watching();
    await terminal.shows(/✓ completed/);
    terminal.press('0');
    const first = await terminal.shows(/PAST 1\//);
    expect(first).toMatch(/● running/);
    expect(first).toMatch(/Steps 0\/3 done/);
    terminal.press(']');
    await terminal.shows(/PAST 2\//);
    terminal.press('l');
    await terminal.shows(/LIVE/);
    terminal.press('q');
    await watch.ended;
  });

  test('opens a step with its attempts and output, and the moment of a record', async () => {
    const { terminal, watch } = await watching();
    await terminal.shows(/✓ completed/);
    terminal.press('j', 'enter');
    const step = await terminal.shows(/━━ Step a/);
    expect(step).toMatch(/Attempts[\s\S]*1 +succeeded/);
    expect(step).toMatch(/Output[\s\S]*attempt: 1/);
    terminal.press('escape');
    await terminal.shows(/━━ Steps/);
    terminal.press('tab', 'tab', 'tab', 'tab', 'g', 'enter');
    await terminal.shows(/PAST 1\//);
    terminal.press('escape');
    await terminal.shows(/LIVE/);
    terminal.press('q');
    await watch.ended;
  });

  test('filters steps, and shows its keys', async () => {
    const { terminal, watch } = await watching();
    await terminal.shows(/✓ completed/);
    terminal.press('/', 'type:two', 'enter');
    const found = await terminal.shows(/done {2}\/two/);
    expect(found).not.toMatch(/^. ✓ One/m);
    terminal.press('?');
    await terminal.shows(/━━ Keys/);
    terminal.press('escape', 'q');
    await watch.ended;
  });

  test.each([
    [80, 24],
    [40, 15],
    [20, 6],
    [10, 3],
  ])('fits into %d columns and %d rows', async (columns, rows) => {
    const { terminal, watch } = await watching({ columns: 120, rows: 40 });
    await terminal.shows(/✓ completed/);
    terminal.resize(columns, rows);
    await terminal.shows(/^✓ comp/);
    expect(terminal.text.split('\n').length).toBeLessThanOrEqual(rows);
    terminal.press('tab', 'tab', 'j', '?', 'escape', 'q');
    await watch.ended;
  });

  test('writes nothing where nothing changes, and only rows that do', async () => {
    const { terminal, watch } = await watching();
    await terminal.shows(/✓ completed/);
    terminal.press('ctrl-l');
    await terminal.shows(/✓ completed/);
    terminal.raw = '';
    terminal.press('j');
    await terminal.shows(/▸ {3}✓/);
    expect(terminal.raw.match(/\[\d+;1H/g)).toHaveLength(2);
    terminal.press('q');
    await watch.ended;
  });

  test('of an unknown id never begins', async () => {
    const { stage } = await watching();
    const { terminal, watch } = look(stage, ['nobody']);
    expect(await watch.ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no execution nobody/),
    });
    expect(terminal.raw).toBe('');
  });

  test('takes out of what agents say all that a terminal would obey', async () => {
    const stage = new Stage();
    stage.write(
      'tasks/evil.md',
      '# evil\n\n```yaml\nrequirements: { who: string }\n```\n\n## Phase: One\n\n### Steps\n- approval: May {{ input.who }} go?\n',
    );
    const who = '\u001B[31mit\u001B[?1049l\u001B]0;owned\u0007';
    const run = stage.troupe('run', 'evil', '--id', 'x', '-i', `who=${who}`);
    await run.says(/May/);
    const { terminal, watch } = look(stage, ['x']);
    await terminal.shows(/☞ May it go\?/);
    expect(terminal.isOnOther).toBe(true);
    expect(terminal.raw).not.toContain('owned\u0007');
    expect(terminal.raw).not.toContain('\u001B[31m');
    terminal.press('a', 'enter');
    await terminal.shows(/✓ completed/);
    terminal.press('q');
    await watch.ended;
    await run.ended;
  });
});

describe('all executions', () => {
  test('with what asks a person; one is opened, decided and left again', async () => {
    const stage = new Stage();
    stage.write('tasks/ask.md', '# ask\n\n## Phase: One\n\n### Steps\n- approval: May it go?\n');
    stage.task('steps', PHASES);
    await stage.troupe('run', 'steps', '--id', 'done').ended;
    const run = stage.troupe('run', 'ask', '--id', 'asks');
    const { terminal, watch } = look(stage, []);
    const list = await terminal.shows(/1 need a person/);
    expect(list.indexOf(' asks ')).toBeLessThan(list.indexOf(' done '));
    expect(list).toMatch(/Approvals 1/);
    terminal.press('/', 'type:done', 'enter');
    await terminal.shows(/1 of 2 {2}\/done/);
    terminal.press('/', 'escape', 'tab', 'enter');
    await terminal.shows(/━━ Approvals 1/);
    terminal.press('q');
    await terminal.shows(/Executions 2/);
    terminal.press('a', 'type:fine', 'enter');
    await run.ended;
    await terminal.shows(/0 need a person/);
    terminal.press('q');
    expect((await watch.ended).code).toBe(0);
  });
});

describe('lines', () => {
  test('are written with --plain, also on a terminal', async () => {
    const { terminal, watch } = await watching({ args: ['x', '--plain'] });
    expect((await watch.ended).code).toBe(0);
    expect(terminal.raw).not.toContain('\u001B[?1049h');
  });
});

describe('on NATS', () => {
  const server = natsServerForFile();

  test('it shows what agents say, and acts', async () => {
    const stage = new NatsStage(server().url);
    stage.task('steps', PHASES);
    await stage.up();
    await stage.host();
    stage.hold('a', 'b');
    const run = stage.troupe('run', 'steps', '--id', 'x');
    await stage.untilBegun('a', 'b');
    const terminal = new WholeTerminal();
    const watch = stage.troupeWith(
      { env: stage.env, stdout: terminal.output(), keyboard: terminal.keyboard },
      'watch',
      'x',
    );
    await terminal.shows(/working/);
    stage.letGo('a', 'b');
    await terminal.shows(/✓ completed/);
    terminal.press('q');
    expect((await watch.ended).code).toBe(0);
    await run.ended;
  });
});

const PTY = `
import os, pty, select, sys, time, signal
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen = b''
keys = [(b'LIVE', b'?'), (b'Keys', b'\\x1b'), (b'Steps', b'q')]
at = 0
while True:
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data: break
    seen += data
    if keys and keys[0][0] in seen[at:]:
        at = len(seen)
        os.write(fd, keys.pop(0)[1])
_, status = os.waitpid(pid, 0)
print(os.waitstatus_to_exitcode(status), seen.count(b'\\x1b[?1049h'), seen.count(b'\\x1b[?1049l') >= 1, seen.count(b'\\x1b[?25h') >= 1)
`;

test('a real terminal is given back as it was', async () => {
  const stage = new Stage();
  stage.task('steps', PHASES);
  await stage.troupe('run', 'steps', '--id', 'x').ended;
  const main = join(import.meta.dirname, '../../../src/cli/main.ts');
  const child = spawn('python3', ['-c', PTY, process.execPath, main, 'watch', 'x'], {
    cwd: stage.cwd,
    env: { ...process.env, TERM: 'xterm' },
  });
  onTestFinished(() => void child.kill());
  let told = '';
  child.stdout.on('data', (data: Buffer) => (told += data.toString()));
  await new Promise((resolve) => child.on('close', resolve));
  expect(told.trim()).toBe('0 1 True True');
});
