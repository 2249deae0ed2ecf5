import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCommandLine } from '../../../src/cli/program.ts';
import { Example } from '../../examples/run-example.ts';
import { openEngine } from '../../history/fixtures.ts';
import { createTestContext, temporaryFolder, troupe } from '../run-in-process.ts';

describe('troupe tasks', () => {
  test('lists what can be run here, with what each needs', async () => {
    const { stdout } = await new Example('fan-out').troupe(['tasks']);
    expect(stdout).toContain('translate 1.0.0  tasks/translate.md');
    expect(stdout).toContain('Translates a word into several languages');
    expect(stdout).toContain('needs    text: string, languages: array (may be left out)');
    expect(stdout).toContain('phases   Translate, Report');
    expect(stdout).toContain('comes with Troupe');
  });

  test('as a document has name, version and requirements', async () => {
    const { tasks } = await new Example('python-agent').json('tasks');
    expect(tasks.find(({ name }: { name: string }) => name === 'statistics')).toMatchObject({
      file: 'tasks/statistics.md',
      shipped: false,
      valid: true,
      version: '1.0.0',
      requirements: { numbers: { type: 'array' } },
      phases: ['Compute'],
    });
  });

  test('shows a file with mistakes as such, and passes a README over', async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, 'tasks'));
    writeFileSync(join(cwd, 'tasks/broken.md'), '# Broken\n');
    writeFileSync(join(cwd, 'tasks/README.md'), '# Read me\n');
    const { code, stdout } = await troupe(['tasks'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^broken {2}✗ not valid\n.*troupe validate tasks\/broken\.md/m);
    expect(stdout).not.toMatch(/readme/i);
  });
});

describe('troupe agents', () => {
  test('lists what tasks can name, and where each comes from', async () => {
    const { stdout } = await new Example('python-agent').troupe(['agents']);
    expect(stdout).toMatch(/^agent +runs as +from +what it does$/m);
    expect(stdout).toMatch(/^statistician +command +agents\/statistician\.md +Computes with/m);
    expect(stdout).toMatch(/^chair +command +Troupe +/m);
    expect(stdout).not.toContain('Hosts at work');
  });

  test('shows a broken file with what is wrong', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'one.md'), '---\nname: one\ntroupe:\n  runner: magic\n---\n');
    const { stdout } = await troupe(['agents', '--agents', '.'], { cwd });
    expect(stdout).toMatch(/^one +✗ not valid +one\.md +line 4: /m);
  });

  test('as a document has agents, and the hosts that are at work', async () => {
    const example = new Example('python-agent');
    const embedded = await openEngine(example.data);
    await embedded.store.directory.publish({
      host: 'h1',
      process: embedded.store.ownership.self.process,
      pid: 42,
      hostname: 'here',
      roles: [{ role: 'worker', concurrency: 4, busy: 1 }],
      startedAt: 0,
      seenAt: 0,
    });
    const { agents, hosts } = await example.json('agents');
    expect(agents.find(({ name }: { name: string }) => name === 'statistician')).toMatchObject({
      valid: true,
      runner: 'command',
      command: ['python3', './statistician.py'],
    });
    expect(hosts).toMatchObject([{ host: 'h1', pid: 42, startedAt: '1970-01-01T00:00:00.000Z' }]);
    const { stdout } = await example.troupe(['agents']);
    expect(stdout).toMatch(
      /Hosts at work\n +● process 42 on here, for .* h1 {2}not heard for .*\n +worker: 1 of 4 busy\n +offers worker/,
    );
  });
});

describe('troupe plan', () => {
  test('draws waves, how steps follow one another, and the critical path', async () => {
    const { stdout } = await new Example('yaml-task').troupe(['plan', 'greet']);
    expect(stdout).toBe(
      [
        'greet 1.0.0  2 phases, 3 steps, 2 agents',
        '',
        'Wave 1',
        '  ◆ Choose',
        '      • etiquette  Choose a greeting for {{ input.name }}',
        '',
        'Wave 2',
        '  ◆ Greet  after Choose',
        '      ═ validation  size(outputs.Choose.greeting) > 0',
        '      • speaker     Say {{ outputs.Choose.greeting }} to {{ input.name }}',
        '',
        'Critical   Choose → Greet: 3 steps one after the other',
        'At once    at most 1 phase and 1 step',
        'Agents     etiquette, speaker',
        '',
        '◆ critical path  ∥ side by side  ↓ in this order  ═ waits for all above it',
        '',
      ].join('\n'),
    );
  });

  test('with an input says how many items there are; a wrong one is refused', async () => {
    const example = new Example('fan-out');
    const { stdout } = await example.troupe(['plan', 'translate', '-i', 'text=hello']);
    expect(stdout).toContain('for each of input.languages: 2 items');
    const { code, stderr } = await example.troupe(['plan', 'translate', '-i', 'txt=hello']);
    expect(code).toBe(2);
    expect(stderr).toContain('text');
  });

  test('as a document is the plan, with agents that are missing', async () => {
    const cwd = temporaryFolder();
    writeFileSync(
      join(cwd, 'lone.yaml'),
      'name: lone\nversion: 1.0.0\nphases:\n  - name: A\n    when: input.go\n    steps: ["agent: nobody - x"]\nrequirements: { go: boolean }\n',
    );
    const context = createTestContext({ cwd });
    await runCommandLine(['plan', 'lone.yaml', '--json', '-i', 'go=false'], context);
    expect(JSON.parse(context.stdout.text)).toMatchObject({
      task: 'lone',
      waves: [[{ name: 'A', runs: false, when: 'input.go' }]],
      agents: ['nobody'],
      unknownAgents: ['nobody'],
    });
    const { stdout } = await troupe(['plan', 'lone.yaml', '-i', 'go=false'], { cwd });
    expect(stdout).toContain('only when input.go: it would be skipped');
    expect(stdout).toContain('nobody  ✗ no such agent');
  });

  test('of a file with mistakes says them', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'bad.md'), '# Bad\n');
    const { code, stderr } = await troupe(['plan', 'bad.md'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('bad.md');
  });
});
