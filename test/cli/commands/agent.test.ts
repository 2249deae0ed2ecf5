import { describe, expect, test } from 'vitest';
import { natsServerForFile } from '../../fixtures/nats/server.ts';
import { NatsStage } from '../nats-stage.ts';

const server = natsServerForFile();

/** What programs import as `troupe/agent`. */
const AGENT_ENTRY = new URL('../../../src/agent/index.ts', import.meta.url).href;

/** A stage with an orchestrator, a host, and an execution `x` of steps a and b whose held steps are at work. */
async function atWork(...held: readonly string[]) {
  const stage = new NatsStage(server().url);
  stage.task('steps', { One: ['a'], Two: ['b'] });
  stage.hold(...held);
  await stage.up();
  const host = await stage.host('--name', 'one');
  const run = stage.troupe('run', 'steps', '--id', 'x');
  await stage.untilBegun(...held);
  return { stage, host, run };
}

describe('a host', () => {
  test('that is asked to stop takes nothing more, lets the work at hand end, and says what it waits for', async () => {
    const { stage, host, run } = await atWork('a');
    host.interrupt();
    await host.says(/Stopping: 1 attempt at work may end first \(x\/a\/1\)\. Ctrl-C again ends at once\./);
    stage.letGo('a');
    expect(await host.ended).toMatchObject({ code: 0 });
    await run.says(/step a \(worker\): done[\s\S]*No host offers worker/);
    expect(stage.starts('b')).toBe(0);
    await stage.host('--name', 'two');
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(stage.starts('a')).toBe(1);
  });

  test('that is asked twice ends at once, and gives its work back for another', async () => {
    const { stage, host, run } = await atWork('a');
    host.interrupt();
    await host.says(/Stopping: 1 attempt/);
    host.interrupt();
    await host.ended;
    expect(host.endedAtOnce).toEqual([130]);
    stage.letGo('a');
    await stage.host('--name', 'two');
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(stage.starts('a')).toBe(2);
  });

  test('waits for the namespace, whatever is started first', async () => {
    const stage = new NatsStage(server().url);
    const host = stage.troupe('agent', 'agents/worker.md');
    await host.says(/does not exist yet .* Waiting for it\. An orchestrator makes it: troupe up/);
    await stage.up();
    await host.says(/offers worker in /);
    host.interrupt();
    expect(await host.ended).toMatchObject({ code: 0 });
  });

  test('that waits for the namespace can be stopped', async () => {
    const stage = new NatsStage(server().url);
    const host = stage.troupe('agent', 'agents/worker.md');
    await host.says(/Waiting for it/);
    host.interrupt();
    expect(await host.ended).toMatchObject({ code: 0 });
  });
});

describe('what it offers', () => {
  test('agents that a module exports, as many at once as is said', async () => {
    const stage = new NatsStage(server().url);
    stage.write('agents/scout.md', '---\nname: scout\n---\n');
    stage.write(
      'hosts/agents.mjs',
      `import { defineAgent } from ${JSON.stringify(AGENT_ENTRY)};
       export const scout = defineAgent({ name: 'scout', run: ({ instructions }) => ({ found: instructions }) });
       export default [scout, defineAgent({ name: 'other', concurrency: 9, run: () => null })];
       export const unrelated = 7;`,
    );
    stage.write('tasks/look.md', '# Look\n\n## Phase: One\n\n### Steps\n- agent: scout - Look around\n');
    await stage.up();
    const host = stage.troupe('agent', 'hosts/agents.mjs', '--concurrency', '3', '--name', 'here');
    await host.says(/^here offers (?:scout|other) \(3 at once\), (?:scout|other) \(3 at once\) in /m);
    const { code, stdout } = await stage.troupe('run', 'look', '--json').ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout).phases[0].steps[0].output).toEqual({ found: 'Look around' });
    host.interrupt();
    await host.ended;
  });

  test('without files: all that can be named, or the roles that are; people’s agents are left out', async () => {
    const stage = new NatsStage(server().url);
    stage.write('agents/boss.md', '---\nname: boss\ntroupe:\n  runner: human\n---\n');
    await stage.up();
    const all = stage.troupe('agent', '--name', 'all');
    await all.says(/^all offers .*\bchair\b.*\bworker\b/m);
    expect(all.output).toContain('boss is left out: its file names nothing to run.');
    const some = stage.troupe('agent', '--role', 'worker', 'chair', '--name', 'some');
    await some.says(/^some offers worker, chair \(/m);
    for (const host of [all, some]) {
      host.interrupt();
      await host.ended;
    }
  });

  test.each([
    [['agents/nix.md'], 'FILE_UNUSABLE', /agents\/nix\.md: there is no such file/],
    [['agents'], 'FILE_UNUSABLE', /no file; name a folder with --agents/],
    [['agents/bad.md'], 'AGENT_FILE_INVALID', /agents\/bad\.md is not valid:\n\d+:\d+: /],
    [['hosts/empty.mjs'], 'AGENT_FILE_INVALID', /it exports no agent/],
    [['hosts/broken.mjs'], 'AGENT_FILE_INVALID', /it cannot be loaded: .*no luck/],
    [['--role', 'wroker'], 'AGENT_UNKNOWN', /'wroker'.*Did you mean 'worker'/],
    [['agents/worker.md', '--role', 'chair'], 'AGENT_UNKNOWN', /'chair'/],
    [['agents/worker.md', 'agents/worker.md'], 'AGENT_OFFERED_TWICE', /two agents named 'worker'/],
    [['agents/boss.md'], 'USAGE', /no agent here that a host could run/],
    [['agents/worker.md', '--name', 'a.b'], 'USAGE', /'a\.b' is not a name for a host/],
    [['agents/worker.md', '--concurrency', '0'], 'USAGE', /'0' is not a whole number/],
    [['agents/worker.md', '--json'], 'USAGE', /--json goes with --conformance/],
    [['agents/worker.md', '--nats', 'none'], 'USAGE', /needs a NATS server/],
  ])('%j is refused', async (args, code, message) => {
    const stage = new NatsStage(server().url);
    stage.write('agents/bad.md', '---\ntroupe:\n  concurrency: many\n---\n');
    stage.write('agents/boss.md', '---\nname: boss\ntroupe:\n  runner: human\n---\n');
    stage.write('hosts/empty.mjs', 'export const run = () => 1;\n');
    stage.write('hosts/broken.mjs', 'throw new Error("no luck");\n');
    if (args.includes('agents/worker.md')) await stage.up();
    const ended = await stage.troupe('agent', ...args).ended;
    expect(ended.code).toBe(code === 'USAGE' || code.startsWith('AGENT') || code === 'FILE_UNUSABLE' ? 2 : 1);
    expect(ended.stderr).toMatch(message);
  });
});

describe('--conformance', () => {
  test('tries hosts in a namespace of its own: beside an orchestrator it is refused', async () => {
    const stage = new NatsStage(server().url);
    await stage.up();
    const { code, stderr } = await stage.troupe('agent', '--conformance', 'worker').ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/orchestrator/);
  });
});
