import { describe, expect, test } from 'vitest';
import { natsServerForFile } from '../../fixtures/nats/server.ts';
import { NatsStage } from '../nats-stage.ts';
import { troupe } from '../run-in-process.ts';

const server = natsServerForFile();

const PHASES = { One: ['a', 'b'], Two: ['c'] };

/** A stage with an orchestrator, a host and the task `steps`. */
async function playing(): Promise<NatsStage> {
  const stage = new NatsStage(server().url);
  stage.task('steps', PHASES);
  await stage.up();
  await stage.host();
  return stage;
}

/** The same with an execution `x` whose held steps are at work. */
async function running(...held: readonly string[]) {
  const stage = await playing();
  stage.hold(...held);
  const run = stage.troupe('run', 'steps', '--id', 'x');
  await stage.untilBegun(...held);
  return { stage, run };
}

describe('rollback', () => {
  test('undoes through the hosts, in reverse order, what has ended', async () => {
    const stage = await playing();
    const step = (id: string) =>
      `- agent: worker - do ${id}\n  \`\`\`yaml\n  id: ${id}\n  compensate: worker - undo ${id}\n  \`\`\``;
    stage.write(
      'tasks/trip.md',
      `# trip\n\n## Phase: One\nparallel: false\n\n### Steps\n${step('a')}\n${step('b')}\n`,
    );
    expect((await stage.troupe('run', 'trip', '--id', 'x').ended).code).toBe(0);
    const preview = await stage.troupe('rollback', 'x', '--dry-run', '--json').ended;
    expect(JSON.parse(preview.stdout)).toMatchObject({ plan: [{ step: 'b' }, { step: 'a' }] });
    const { code, stdout } = await stage.troupe('rollback', 'x', '--reason', 'ill', '--json').ended;
    expect(code).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'rolledBack',
      rollback: { reason: 'ill', compensated: ['b', 'a'] },
    });
    expect(stage.begun).toEqual(['a', 'b', 'undo-b', 'undo-a']);
  });
});

describe('run', () => {
  test('starts the task, shows it live, and ends with its result', async () => {
    const stage = await playing();
    stage.hold('a');
    const run = stage.troupe('run', 'steps', '--id', 'x');
    await run.says(/^Started steps, execution x\.$/m);
    await run.says(/step a \(worker\): at a/);
    stage.letGo('a');
    const { code, stdout, stderr } = await run.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/step c \(worker\): done[\s\S]*✓ completed[\s\S]*troupe show x$/m);
    expect([...stage.begun].sort()).toEqual(['a', 'b', 'c']);
  });

  test('as a document is what a run of this process would be', async () => {
    const stage = await playing();
    const { code, stdout } = await stage.troupe('run', 'steps', '--json').ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      task: 'steps',
      status: 'completed',
      phases: [{ name: 'One' }, { name: 'Two', steps: [{ id: 'c', output: { step: 'c', attempt: 1 } }] }],
    });
  });

  test('with the same id attaches; with another input it is refused', async () => {
    const stage = await playing();
    stage.task('asks', { One: ['a'] }, 'requirements:\n  word: string\n');
    const run = (word: string) => stage.troupe('run', 'asks', '-i', `word=${word}`, '--id', 'x').ended;
    await run('one');
    expect(await run('one')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/there already\. Watching it\.[\s\S]*✓ completed/),
    });
    expect(await run('other')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('started with another input'),
    });
    expect(stage.starts('a')).toBe(1);
  });

  test('has the exit code of a failure, and retry goes on from there', async () => {
    const stage = await playing();
    stage.fail('c');
    const run = stage.troupe('run', 'steps', '--id', 'x');
    expect(await run.ended).toMatchObject({ code: 1, stdout: expect.stringContaining('troupe retry x') });
    stage.succeed('c');
    expect(await stage.troupe('retry', 'x').ended).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Trying again what failed in x\.$[\s\S]*✓ completed/m),
    });
    expect(stage.starts('a')).toBe(1);
  });

  test('Ctrl-C only stops watching', async () => {
    const { stage, run } = await running('a');
    run.interrupt();
    expect(await run.ended).toMatchObject({
      code: 130,
      stderr: expect.stringMatching(/it is running\.\ntroupe watch x follows it again\./),
    });
    const watch = stage.troupe('watch');
    await watch.says(/Ctrl-C only stops watching\./);
    stage.letGo('a');
    expect(await watch.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('troupe show x') });
  });

  test('--no-wait records the start; who looks is told what it lacks, and it goes on once that is there', async () => {
    const stage = new NatsStage(server().url);
    stage.task('steps', PHASES);
    expect(await stage.troupe('run', 'steps', '--id', 'x', '--no-wait').ended).toMatchObject({
      code: 0,
      stdout:
        'Recorded the start of x.\nNobody drives it yet: start `troupe up`.\ntroupe watch x follows it.\n',
    });
    const watch = stage.troupe('watch', 'x');
    await watch.says(/Nobody drives it: start `troupe up`\./);
    expect((await stage.troupe('list').ended).stdout).toMatch(/stopped .*troupe up goes on with it$/m);
    expect((await stage.troupe('show', 'x').ended).stdout).toMatch(
      /no process drives it; troupe up goes on$/m,
    );
    await stage.up();
    await watch.says(/No host offers worker: start one with `troupe agent --role worker`\./);
    await stage.host();
    expect(await watch.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('✓ completed') });
  });
});

describe('controls', () => {
  test('pause waits for the work at hand; resume asks to go on', async () => {
    const { stage, run } = await running('a', 'b');
    const pause = stage.troupe('pause', 'x', '--reason', 'lunch');
    await pause.says(/Waiting for worker \(a\), worker \(b\) to end\./);
    stage.letGo('a', 'b');
    expect(await pause.ended).toMatchObject({ code: 0, stdout: 'x is paused.\ntroupe resume x goes on.\n' });
    expect(stage.starts('c')).toBe(0);
    expect(await stage.troupe('resume', 'x').ended).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Asked the execution x to go on\.[\s\S]*✓ completed/),
    });
    expect(await run.ended).toMatchObject({ code: 0 });
  });

  test('abort stops the work on the host and says who does', async () => {
    const { stage, run } = await running('a');
    expect(await stage.troupe('abort', 'x', '--reason', 'wrong').ended).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^x is aborted\.\nProcess \d+ on .* stops /),
    });
    expect(await run.ended).toMatchObject({ code: 3, stdout: expect.stringContaining('Reason: wrong') });
  });

  test('a signal reaches the step that waits for it', async () => {
    const stage = await playing();
    stage.task('waits', { One: ['wait: go'] });
    const run = stage.troupe('run', 'waits', '--id', 'x');
    await run.says(/waiting for the signal go/);
    expect(await stage.troupe('signal', 'x', 'go', '7').ended).toMatchObject({
      code: 0,
      stdout: 'Sent: the step that waited for go has it.\n',
    });
    expect(await run.ended).toMatchObject({ code: 0 });
  });

  test('where nobody drives, an execution stays asked to pause, and nothing is taken over', async () => {
    const stage = new NatsStage(server().url);
    stage.task('steps', PHASES);
    await stage.troupe('run', 'steps', '--id', 'x', '--no-wait').ended;
    expect(await stage.troupe('pause', 'x', '--json').ended).toMatchObject({ code: 0 });
    const { stdout } = await stage.troupe('show', 'x', '--json').ended;
    expect(JSON.parse(stdout)).toMatchObject({ status: 'paused' });
  });
});

describe('looking', () => {
  test('list has the executions of all partitions, newest first, also what came since', async () => {
    const stage = await playing();
    const ids = Array.from({ length: 12 }, (_, at) => `x${at}`);
    for (const id of ids) await stage.troupe('run', 'steps', '--id', id).ended;
    const listed = async () => JSON.parse((await stage.troupe('list', '--json').ended).stdout);
    const first = await listed();
    expect(first.total).toBe(12);
    expect(first.executions.map(({ id }: { id: string }) => id)).toEqual(ids.toReversed());
    stage.begun.length = 0;
    stage.hold('a');
    const late = stage.troupe('run', 'steps', '--id', 'late');
    await stage.untilBegun('a');
    expect((await listed()).executions[0]).toMatchObject({ id: 'late', status: 'running', driven: true });
    stage.letGo('a');
    await late.ended;
  });

  test('show and events tell an execution record by record', async () => {
    const stage = await playing();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const env = { ...stage.env, TRACEPARENT: traceparent };
    await stage.troupeWith({ env }, 'run', 'steps', '--id', 'x').ended;
    expect((await stage.troupe('show', 'x').ended).stdout).toMatch(/✓ completed {2}steps/);
    const { stdout } = await stage.troupe('events', 'x', '--follow', '--json').ended;
    const records = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const types = records.map(({ type }) => type);
    expect(records[0]).toMatchObject({ type: 'execution.started', data: { traceparent } });
    expect(types.filter((type) => type === 'step.succeeded')).toHaveLength(3);
  });

  test('agents lists the hosts, wherever they are', async () => {
    const stage = new NatsStage(server().url);
    await stage.up();
    await stage.host('--name', 'far-away', '--concurrency', '3');
    const { stdout } = await stage.troupe('agents', '--json').ended;
    expect(JSON.parse(stdout).hosts).toMatchObject([
      { host: 'far-away', roles: [{ role: 'worker', concurrency: 3, busy: 0 }] },
    ]);
  });

  test('doctor says who drives, who offers, and what is missing', async () => {
    const stage = new NatsStage(server().url);
    expect((await stage.troupe('doctor').ended).stdout).toMatch(/does not exist yet/);
    const up = await stage.up();
    await up.says(/Holding 8 of 8/);
    expect((await stage.troupe('doctor').ended).stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /8 partitions .* drives 8 partitions \(0-7\) .* no host offers any agent/,
    );
    await stage.host();
    expect((await stage.troupe('doctor').ended).stdout).toMatch(/1 host offers worker/);
  });

  test('an execution that is not there is unknown', async () => {
    const stage = await playing();
    for (const command of ['show', 'events', 'watch', 'pause', 'abort', 'resume', 'retry']) {
      expect(await stage.troupe(command, 'nix').ended, command).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('no execution nix'),
      });
    }
  });
});

describe('up', () => {
  test('shares the partitions with others, and leaves them its own when it stops', async () => {
    const stage = new NatsStage(server().url);
    const first = await stage.up();
    await first.says(/Holding 8 of 8 partitions: 0-7\./);
    const second = await stage.up();
    await second.says(/Holding 4 of 8 partitions/);
    await first.says(/Holding 4 of 8 partitions/);
    second.interrupt();
    expect(await second.ended).toMatchObject({ code: 130 });
    await first.says(/Holding 4 of 8[\s\S]*Holding 8 of 8/);
  });

  test('--once is for folders', async () => {
    const stage = new NatsStage(server().url);
    expect(await stage.troupe('up', '--once').ended).toMatchObject({ code: 2 });
  });
});

describe('namespaces', () => {
  test('two projects on one server never take each other’s work', async () => {
    const [one, other] = [await playing(), await playing()];
    const ids = ['x', 'y', 'z'];
    await Promise.all(ids.map((id) => one.troupe('run', 'steps', '--id', id).ended));
    expect(one.begun).toHaveLength(9);
    expect(other.begun).toEqual([]);
    await other.troupe('run', 'steps', '--id', 'x').ended;
    expect(one.begun).toHaveLength(9);
    expect(other.begun).toHaveLength(3);
    expect(JSON.parse((await other.troupe('list', '--json').ended).stdout).total).toBe(1);
  });
});

describe('what can be wrong with the server', () => {
  const secret = 'sesame-opens';

  test.each([
    ['list'],
    ['show', 'x'],
    ['run', 'steps'],
    ['up'],
    ['agent', 'agents/worker.md'],
    ['watch', 'x'],
  ])('nobody there: %s says so, without the password and without a stack', async (...args) => {
    const stage = new NatsStage(`nats://troupe:${secret}@127.0.0.1:1`);
    stage.task('steps', PHASES);
    const { code, stdout, stderr } = await stage.troupe(...args).ended;
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^error: The NATS server at nats:\/\/127\.0\.0\.1:1 cannot be reached: .*\nhint: .*\n$/,
    );
  });

  test('no address', async () => {
    const { code, stderr } = await troupe(['list', '--nats', `http://u:${secret}@here`]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/here cannot be reached/);
    expect(stderr).not.toContain(secret);
  });

  test('a namespace that is none', async () => {
    const args = ['list', '--nats', server().url, '--namespace', 'a.b'];
    expect(await troupe(args)).toMatchObject({ code: 2, stderr: expect.stringMatching(/a\.b/) });
  });

  test('a namespace that nobody made: who looks is told who makes it', async () => {
    const stage = new NatsStage(server().url);
    expect(await stage.troupe('list').ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`troupe up --nats ${server().url} --namespace ${stage.namespace}`),
    });
  });
});

describe('which server', () => {
  test('none goes before the variable: the folder is meant', async () => {
    const stage = new NatsStage('nats://127.0.0.1:1');
    expect(await stage.troupe('list', '--nats', 'none').ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('no executions here yet'),
    });
  });

  test('the settings file may name it; its password is not shown', async () => {
    const stage = new NatsStage('');
    stage.write(
      'troupe.yaml',
      `nats: ${server().url.replace('//', '//u:sesame@')}\nnamespace: from-a-file\n`,
    );
    const { stdout } = await stage.troupeWith({ env: {} }, 'config').ended;
    expect(stdout).toMatch(new RegExp(`nats +${server().url} +troupe\\.yaml`));
    expect(stdout).not.toContain('sesame');
    expect(await stage.troupeWith({ env: {} }, 'list').ended).toMatchObject({
      stderr: expect.stringContaining('The namespace from-a-file does not exist yet'),
    });
  });

  test('commands to type next name it as it was named, without the password', async () => {
    const stage = new NatsStage('none');
    stage.task('steps', PHASES);
    const url = server().url.replace('//', '//u:sesame@');
    const args = ['run', 'steps', '--id', 'x', '--no-wait', '--nats', url, '--namespace', stage.namespace];
    const { stdout } = await stage.troupeWith({ env: {} }, ...args).ended;
    const shown = `--nats ${url.replace('sesame', 'PASSWORD')} --namespace ${stage.namespace}`;
    expect(stdout).toContain(`troupe watch x ${shown} follows it.`);
  });
});
