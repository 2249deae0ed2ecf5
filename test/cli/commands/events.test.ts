import { describe, expect, test } from 'vitest';
import { runCommandLine } from '../../../src/cli/program.ts';
import { openExecution } from '../../../src/cli/state/state.ts';
import { Example } from '../../examples/run-example.ts';
import { createTestContext } from '../run-in-process.ts';

describe('troupe events', () => {
  test('is the log, one record a line', async () => {
    const example = await extracted();
    const { stdout } = await example.troupe(['events', 'e1']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^ +1 {2}[\d:.]{12} {2}execution\.started +extract 1\.0\.0 {2}control$/);
    expect(lines.some((line) => /step\.failed +number invalid-output: /.test(line))).toBe(true);
    expect(lines.at(-2)).toMatch(/step\.succeeded +number attempt 2/);
    expect(lines.at(-1)).toMatch(/sealed +6 records, up to 6/);
  });

  test('as documents has every record whole, one a line', async () => {
    const example = await extracted();
    const { stdout } = await example.troupe(['events', 'e1', '--json']);
    const records = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records[0]).toMatchObject({
      position: 1,
      type: 'execution.started',
      execution: 'e1',
      source: 'control',
    });
    expect(new Date(records[0].at).toISOString()).toBe(records[0].at);
  });

  test('marks what had no effect', async () => {
    const example = await extracted();
    const { store } = await openExecution(createTestContext({ cwd: example.cwd }), 'e1', {
      data: example.data,
    });
    await store.log.append({
      id: 'x',
      execution: 'e1',
      source: 'control',
      type: 'pause.requested',
      data: {},
    });
    await store.close();
    expect((await example.troupe(['events', 'e1'])).stdout).toContain(
      'pause.requested       refused: not-accepted-now',
    );
  });

  test('with --follow goes on until the execution has ended', async () => {
    const example = new Example('wait-for-signal');
    await example.troupe(['run', 'publish', '--id', 'p1', '--no-wait']);
    const following = example.troupe(['events', 'p1', '--follow', '--json']);
    await example.troupe(['signal', 'p1', 'approve', '{"by":"Ada"}']);
    await example.troupe(['resume', 'p1']);
    const types = (await following).stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).type);
    expect(types[0]).toBe('execution.started');
    expect(types).toContain('signal.sent');
    expect(types.filter((type) => type === 'step.succeeded')).toHaveLength(2);
  });

  test('with --follow of one that has ended prints it and is done', async () => {
    const example = await extracted();
    const { stdout } = await example.troupe(['events', 'e1', '--follow']);
    expect(stdout).toBe((await example.troupe(['events', 'e1'])).stdout);
  });

  test('Ctrl-C ends following', async () => {
    const example = new Example('wait-for-signal');
    await example.troupe(['run', 'publish', '--id', 'p1', '--no-wait']);
    const context = createTestContext({ cwd: example.cwd });
    const listening = Promise.withResolvers<void>();
    const { onInterrupt } = context;
    const followed = runCommandLine(['events', 'p1', '-f', '--data', example.data], {
      ...context,
      onInterrupt: (listener) => {
        listening.resolve();
        return onInterrupt(listener);
      },
    });
    await listening.promise;
    context.interrupt();
    expect(await followed).toBe(0);
  });

  test('of an execution that is not there says so', async () => {
    const example = await extracted();
    for (const args of [
      ['events', 'none'],
      ['events', 'none', '--follow'],
    ]) {
      const { code, stderr } = await example.troupe(args);
      expect(code).toBe(2);
      expect(stderr).toContain('There is no execution none here.');
    }
  });
});

async function extracted(): Promise<Example> {
  const example = new Example('output-schema');
  await example.troupe(['run', 'extract', '--id', 'e1', '-i', 'text=555 0100']);
  return example;
}
