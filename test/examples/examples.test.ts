import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Example } from './run-example.ts';

describe('the examples', () => {
  test('are all valid, without a warning', async () => {
    for (const name of folders()) {
      const example = new Example(name);
      const tasks = readdirSync(`${example.cwd}/tasks`).map((file) => `tasks/${file}`);
      const { valid, files } = await example.json('validate', ...tasks);
      expect({ name, valid, files }).toMatchObject({ name, valid: true });
      for (const { diagnostics } of files) expect(diagnostics).toEqual([]);
    }
  });

  test('yaml-task: a phase uses what the phase before gave', async () => {
    const { outputs } = await new Example('yaml-task').json('run', 'greet', '-i', 'name=Ada');
    expect(outputs).toEqual({ said: 'Hello, Ada!' });
  });

  test('fan-out: once per item, each by the agent that the item names', async () => {
    const { outputs, phases } = await new Example('fan-out').json('run', 'translate', '-i', 'text=hello');
    expect(outputs).toEqual({ summary: 'hello: bonjour (french), hallo (german)' });
    expect(phases[0].steps.map(({ agent }: { agent: string }) => agent)).toEqual(['french', 'german', null]);
  });

  test('fan-out: a word that every agent refuses fails the phase, without another try', async () => {
    const run = await new Example('fan-out').json('run', 'translate', '-i', 'text=cheese');
    expect(run).toMatchObject({ status: 'failed', error: { phase: 'Translate' } });
    expect(run.phases[0].steps[0]).toMatchObject({ attempts: 1, error: { class: 'refusal' } });
  });

  test('wait-for-signal: goes on with what somebody sent', async () => {
    const example = new Example('wait-for-signal');
    await example.troupe(['run', 'publish', '--id', 'p1', '--no-wait']);
    expect((await example.troupe(['signal', 'p1', 'approve', '{"by":"Ada"}'])).code).toBe(0);
    const { outputs } = await example.json('resume', 'p1');
    expect(outputs).toEqual({ published: 'All is well. (approved by Ada)' });
  });

  test('consensus: the second round decides what the first has not', async () => {
    const example = new Example('consensus');
    const run = example.json('run', 'ship', '-i', 'change=faster', '-i', 'lines=300', '--id', 's1');
    for (const round of [1, 2]) {
      await untilRound(example, 's1', round);
      expect((await example.troupe(['vote', 's1', 'ship', 'reject', '--as', 'ada'])).code).toBe(0);
    }
    expect((await run).outputs).toMatchObject({
      decision: 'approve',
      dissent: [{ voter: 'person:ada', choice: 'reject' }],
    });
  });

  test('output-schema: the second attempt knows what was wrong with the first', async () => {
    const example = new Example('output-schema');
    const run = await example.json('run', 'extract', '-i', 'text=call 555 0100', '--id', 'e1');
    expect(run.outputs).toEqual({ phone: '555-0100' });
    expect(run.phases[0].steps[0].attempts).toBe(2);
    const { stdout } = await example.troupe(['show', 'e1', '--logs']);
    expect(stdout).toContain('last time: the output does not fit its schema');
  });

  test('rollback: what costs too much is cancelled, the newest booking first', async () => {
    const example = new Example('rollback');
    const run = await example.json('run', 'trip', '-i', 'budget=400', '--id', 't1');
    expect(run).toMatchObject({ status: 'rolledBack', error: { code: 'VALIDATION_FAILED' } });
    expect(run.rollback).toMatchObject({ compensated: ['room', 'flight'], failed: [], verified: null });
    expect(run.rollback.plan[0]).toMatchObject({ compensation: 'undo-room', attempts: 2 });
    expect((await example.troupe(['retry', 't1'])).code).toBe(2);
  });

  test('rollback: a person undoes what went well', async () => {
    const example = new Example('rollback');
    const { outputs } = await example.json('run', 'trip', '-i', 'budget=900', '--id', 't2');
    expect(outputs).toEqual({ tickets: ['A1', 'A2'] });
    const { plan, left } = await example.json('rollback', 't2', '--dry-run');
    expect(plan.map(({ step }: { step: string }) => step)).toEqual(['room', 'flight']);
    expect(left).toEqual([{ step: 'tickets', effect: 'irreversible' }]);
    const { code, stdout } = await example.troupe(['rollback', 't2', '--reason', 'ill', '--as', 'Ada']);
    expect(code).toBe(5);
    expect(stdout).toContain('Rollback of everything (ill, by Ada): 2 steps undone');
  });

  test('control-points: a phase that gets dear is slowed down, and ends where it is over the budget', async () => {
    const example = new Example('control-points');
    const { status, phases } = await example.json('run', 'survey', '-i', 'product=bread', '-i', 'budget=2');
    expect(status).toBe('completed');
    expect(phases[0].deviations).toEqual([
      expect.objectContaining({ limit: 'getting-dear', reaction: 'slow' }),
    ]);
    const dear = await example.json('run', 'survey', '-i', 'product=bread', '-i', 'budget=0.7');
    expect(dear).toMatchObject({ status: 'failed', error: { code: 'LIMIT_EXCEEDED', phase: 'Ask' } });
  });

  test('python-agent: an agent in another language', async () => {
    const { outputs } = await new Example('python-agent').json(
      'run',
      'statistics',
      '--input-file',
      'numbers.json',
    );
    expect(outputs).toEqual({ mean: 5, deviation: 2 });
  });
});

/** Those whose agents are files; the others are programs of their own. */
function folders(): readonly string[] {
  const root = fileURLToPath(new URL('../../examples', import.meta.url));
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .filter(({ name }) => readdirSync(`${root}/${name}`).includes('agents'))
    .map(({ name }) => name);
}

/** Looks until that round is open. */
async function untilRound(example: Example, execution: string, round: number): Promise<void> {
  for (;;) {
    const { stdout } = await example.troupe(['show', execution, '--json']);
    if (stdout !== '' && JSON.parse(stdout).phases?.[0].steps[0].poll?.round === round) return;
    // Looking takes no turn of the event loop, and what is looked at needs some.
    await new Promise((next) => setImmediate(next));
  }
}
