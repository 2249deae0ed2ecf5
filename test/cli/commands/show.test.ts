import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Example } from '../../examples/run-example.ts';
import { temporaryFolder, troupe } from '../run-in-process.ts';

describe('troupe show', () => {
  test('has help that says how its document differs from that of run', async () => {
    const { code, stdout } = await troupe(['show', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('--json has every value in its place.');
    expect(stdout).toContain('{"$artifact": DIGEST}');
  });

  test('is a report that a person can read', async () => {
    const { stdout } = await (await extracted()).troupe(['show', 'e1']);
    expect(stdout).toMatch(/^✓ completed {2}extract 1\.0\.0\nExecution {2}e1\n/);
    expect(stdout).toMatch(/attempt 1 failed after .*: invalid-output: /);
    expect(stdout).toContain('Where the time went');
    expect(stdout).toMatch(/Outputs\n {2}phone: 555-0100\n$/);
  });

  test('as a document is the report of the run', async () => {
    const example = await extracted();
    const report = await example.json('show', 'e1');
    expect(report).toMatchObject({
      execution: 'e1',
      task: 'extract',
      version: '1.0.0',
      status: 'completed',
      input: { text: '555 0100' },
      outputs: { phone: '555-0100' },
      error: null,
    });
    expect(report.phases[0].steps[0]).toMatchObject({
      id: 'number',
      kind: 'agent',
      agent: 'extractor',
      attempts: 2,
    });
  });

  test('of one step has every attempt, and the output whole', async () => {
    const example = await extracted();
    const { stdout } = await example.troupe(['show', 'e1', '--step', 'number']);
    expect(stdout).toContain('number  Find the telephone number');
    expect(stdout).toContain('attempt 2 succeeded');
    expect(stdout).toContain('Output     phone: 555-0100');
    expect(await example.json('show', 'e1', '--step', 'number')).toMatchObject({
      output: { phone: '555-0100' },
    });
  });

  test('with --logs has what agents wrote, attempt by attempt', async () => {
    const { stdout } = await (await extracted()).troupe(['show', 'e1', '--logs']);
    expect(stdout).toMatch(/^number, attempt 2 {2}extractor, succeeded after .*\n {2}last time: /);
  });

  test('with --markdown writes a document, to a file or to standard output', async () => {
    const example = await extracted();
    const { stdout } = await example.troupe(['show', 'e1', '--markdown']);
    expect(stdout).toMatch(/^# extract 1\.0\.0: completed\n/);
    const file = join(temporaryFolder(), 'report.md');
    const { stdout: nothing, stderr } = await example.troupe(['show', 'e1', '--markdown', file]);
    expect([nothing, stderr]).toEqual(['', `Wrote ${file}.\n`]);
    expect(readFileSync(file, 'utf8')).toBe(stdout);
  });

  test('of one that nobody drives says how to go on', async () => {
    const example = new Example('wait-for-signal');
    await example.troupe(['run', 'publish', '--id', 'p1', '--no-wait']);
    const { code, stdout } = await example.troupe(['show', 'p1']);
    expect(code).toBe(0);
    expect(stdout).toContain('Stopped    no process drives it; troupe resume p1 goes on');
  });

  test.each([
    [['show', 'none'], 'There is no execution none here.'],
    [['show', 'e1', '--step', 'numbr'], "no step 'numbr'. Did you mean 'number'?"],
    [['show', 'e1', '--json', '--logs'], '--json is a form of its own.'],
    [['show', 'e1', '--markdown', '--step', 'number'], '--markdown writes the whole report.'],
  ])('%j is bad usage', async (args, message) => {
    const { code, stderr } = await (await extracted()).troupe(args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  test('without a data folder there is no execution, and none is made', async () => {
    const { code, stderr } = await troupe(['show', 'e1']);
    expect(code).toBe(2);
    expect(stderr).toContain('There is no execution e1 here.');
  });
});

async function extracted(): Promise<Example> {
  const example = new Example('output-schema');
  await example.troupe(['run', 'extract', '--id', 'e1', '-i', 'text=555 0100']);
  return example;
}
