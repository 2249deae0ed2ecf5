import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { textOutput } from '../../../src/cli/output.ts';
import { temporaryFolder, troupe } from '../run-in-process.ts';
import { Stage } from '../stage.ts';

const ROOT = join(import.meta.dirname, '../../..');

const REVIEW = `# Review

\`\`\`yaml
name: review
version: 1.0.0
requirements:
  file: string
  loud:
    type: boolean
    default: false
\`\`\`

## Phase: Read
### Steps
- agent: reader - Read
  \`\`\`yaml
  id: read
  estimate: 2 minutes
  \`\`\`

## Phase: Shout
dependsOn: [Read]
\`\`\`yaml
when: input.loud
\`\`\`
### Steps
- agent: shouter - Shout

## Phase: Publish
dependsOn: [Read]
### Steps
- wait: approved - Approval
- agent: publisher - Publish
  \`\`\`yaml
  id: publish
  \`\`\`
`;

const FINE =
  'agents:\n  reader:\n    usage: { usd: 0.25, tokens: 100 }\nsignals:\n  - { name: approved, by: reader, after: 1 minute }\n';
const STUCK = 'signals:\n  - { name: approved, by: publisher }\n';

function project(): string {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, 'tasks'));
  writeFileSync(join(cwd, 'tasks/review.md'), REVIEW);
  writeFileSync(join(cwd, 'fine.yaml'), FINE);
  writeFileSync(join(cwd, 'stuck.yaml'), STUCK);
  return cwd;
}

const simulate = (cwd: string, ...args: readonly string[]) =>
  troupe(['simulate', 'review', '-i', 'file=a.ts', '--runs', '5', '--hosts', '2', ...args], { cwd });

describe('troupe simulate', () => {
  it('tells what many runs have in common', async () => {
    const { code, stdout, stderr } = await simulate(project(), '--agents', 'fine.yaml');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('review 1.0.0  simulated 5 times');
    expect(stdout).toMatch(
      /Completes {2}100 % of the runs \(5 of 5\); with 95 % certainty between 56.6 % and 100 %/,
    );
    expect(stdout).toMatch(/duration .* min/);
    expect(stdout).toMatch(/cost \(USD\) +0.25/);
    expect(stdout).toMatch(/Read .*bottleneck/);
    expect(stdout).toMatch(
      /phase Shout: its when was never true\n {4}when input.loud\n {4}saw input.loud = false/,
    );
    expect(stdout).toMatch(/read: the agents file/);
    expect(stdout).toMatch(/no agent file for publisher, reader, shouter/);
  });

  it('is the same each time, and one JSON document with --json', async () => {
    const cwd = project();
    const [one, again] = [
      await simulate(cwd, '--agents', 'fine.yaml', '--json'),
      await simulate(cwd, '--agents', 'fine.yaml', '--json'),
    ];
    expect(again.stdout).toBe(one.stdout);
    expect(JSON.parse(one.stdout)).toMatchObject({
      task: 'review',
      runs: 5,
      success: { count: 5, share: 1 },
      usd: { p50: 0.25 },
      tokens: { p95: 100 },
      makespan: [{ hosts: 1 }, { hosts: 2 }],
      unknownAgents: ['publisher', 'reader', 'shouter'],
      durations: { steps: { read: { kind: 'estimate', ms: 120_000 }, publish: { kind: 'none' } } },
    });
  });

  it('proves a deadlock, names what is missing and whose it was, and ends with 1', async () => {
    const { code, stdout } = await simulate(project(), '--agents', 'stuck.yaml');
    expect(code).toBe(1);
    expect(stdout).toMatch(/Deadlock: no record that could still come moves the execution \(in 5 runs/);
    expect(stdout).toMatch(
      /step approval waits for the signal approved\n {4}missing: signal.sent approved, from publisher/,
    );
    expect(stdout).toContain('ring: step approval → step publish → step approval');
    expect(stdout).toContain(
      'troupe simulate review -i file=a.ts --agents stuck.yaml --hosts 2 --seed 1 --runs 1',
    );
  });

  it('waits for a person where signals are not declared, and for a host where none is there', async () => {
    const cwd = project();
    expect((await simulate(cwd)).stdout).toMatch(/waiting for a person 5/);
    const { stdout } = await simulate(cwd, '--without', 'reader');
    expect(stdout).toMatch(
      /step read is offered to reader\n {4}missing: step.claimed reader, from a host that offers reader/,
    );
  });

  it('replays one seed with its timeline', async () => {
    const cwd = project();
    const replay = ['--agents', 'fine.yaml', '--seed', '3', '--runs', '1'];
    const { stdout } = await simulate(cwd, ...replay);
    expect(stdout).toMatch(/^Seed 3\n {2,}0 s {2}started review/);
    expect(stdout).toMatch(/ {2}\d+ min.* {2}step publish \(publisher\): done/);
    const { timeline } = JSON.parse((await simulate(cwd, ...replay, '--json')).stdout);
    expect(timeline[0]).toMatchObject({ t: 0, type: 'execution:start' });
  });

  it('draws the makespan by the number of hosts', async () => {
    const cwd = project();
    await simulate(cwd, '--agents', 'fine.yaml', '--svg', 'hosts.svg');
    const svg = readFileSync(join(cwd, 'hosts.svg'), 'utf8');
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).toContain('agent hosts</text>');
    expect(svg.match(/<circle class="p50"/g)).toHaveLength(3);
  });

  it('takes durations from the executions of the data folder', async () => {
    const stage = new Stage();
    stage.task('past', { Only: ['work'] });
    await stage.troupe('run', 'past').ended;
    const { stdout } = await stage.troupe('simulate', 'past', '--runs', '2', '--hosts', '1').ended;
    expect(stdout).toMatch(/work: history, 1 attempt, half of them at most/);
    expect(stdout).toContain('The history holds 1 execution of the task.');
    const estimated = await stage.troupe('simulate', 'past', '--runs', '2', '--durations', 'estimates').ended;
    expect(estimated.stdout).toContain('work: neither estimate nor history');
  });

  it('goes on with a live execution in virtual time, and leaves its log as it is', async () => {
    const stage = new Stage();
    stage.write(
      'tasks/gated.yaml',
      'name: gated\nversion: 1.0.0\nphases:\n  - name: Gate\n    steps:\n      - {id: go, wait: go}\n      - {id: work, agent: worker}\n',
    );
    stage.write('go.yaml', 'signals:\n  - {name: go, after: 2m}\n');
    stage.write('never.yaml', 'signals: []\n');
    await stage.troupe('run', 'gated', '--id', 'live', '--no-wait').ended;
    const log = async () => (await stage.troupe('events', 'live', '--json').ended).stdout;
    const before = await log();
    const fork = ['simulate', '--fork', 'live', '--runs', '2', '--hosts', '1'];
    const { stdout, code } = await stage.troupe(...fork, '--agents', 'go.yaml', '--json').ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ task: 'gated', runs: 2, success: { count: 2 } });
    const still = await stage.troupe(...fork, '--agents', 'never.yaml').ended;
    expect(still.stdout).toContain('step go waits for the signal go');
    expect(still.stdout).toContain('troupe simulate --fork live');
    expect(await log()).toBe(before);
  });

  it.each([
    [['gated', '--fork', 'live'], /--fork names the task already/],
    [['--fork', 'live', '-i', 'a=b'], /has the input of its execution/],
    [['--fork', 'live', '--faults', 'light'], /runs where all is well/],
    [['gated', '--at', '3'], /--at goes with --fork/],
    [[], /no task is named/],
    [['--fork', 'nobody'], /nobody/],
  ])('simulate %j is refused', async (args, message) => {
    const { code, stderr } = await new Stage().troupe('simulate', ...args).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('shows what there is so far when it is interrupted, and ends with 130', async () => {
    const stage = new Stage();
    stage.task('long', { Only: ['work'] });
    // It says how far it is on a terminal: that is when Ctrl-C is pressed.
    const stderr = { ...textOutput({ isTerminal: true }), write: () => performance.interrupt() };
    const performance = stage.troupeWith({ stderr }, 'simulate', 'long', '--runs', '100000');
    const { code, stdout } = await performance.ended;
    expect(code).toBe(130);
    expect(stdout).toMatch(/Stopped {4}before all runs were made/);
  });

  it('writes the run that fails as a test, which runs as it is', async () => {
    const cwd = project();
    const { stdout } = await simulate(cwd, '--agents', 'stuck.yaml', '--save-test', 'stuck.test.ts');
    expect(stdout).toContain('The test is in stuck.test.ts.');
    // As in a project that has both packages; `troupe` is these sources.
    symlinkSync(join(ROOT, 'node_modules'), join(cwd, 'node_modules'));
    const alias = { 'troupe/testing': join(ROOT, 'src/testing.ts') };
    writeFileSync(
      join(cwd, 'vitest.config.mjs'),
      `export default { resolve: { alias: ${JSON.stringify(alias)} } };\n`,
    );
    const run = () =>
      execa(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--root', cwd], {
        reject: false,
      });
    expect(await run()).toMatchObject({ exitCode: 0 });
    // And it notices when that changes.
    writeFileSync(join(cwd, 'stuck.yaml'), FINE);
    expect((await run()).stderr).toMatch(/expected 'completed' to be 'deadlock'/);
  });

  it('writes no test when nothing fails', async () => {
    const { stdout } = await simulate(project(), '--agents', 'fine.yaml', '--save-test', 'none.test.ts');
    expect(stdout).toContain('No run failed, so no test was written.');
  });

  it.each([
    [['simulate', 'nothing'], /TASK_UNKNOWN|no task/],
    [['simulate', 'review'], /file/],
    [['simulate', 'review', '-i', 'file=a', '--runs', '0'], /whole number from 1/],
    [['simulate', 'review', '-i', 'file=a', '--faults', 'some'], /Allowed choices are none, light, heavy/],
    [['simulate', 'review', '-i', 'file=a', '--agents', 'missing.yaml'], /missing.yaml/],
  ])('ends with 2 for %j', async (args, says) => {
    const { code, stderr } = await troupe(args, { cwd: project() });
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
  });
});
