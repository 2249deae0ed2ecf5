import { describe, expect, test } from 'vitest';
import { Example } from '../../examples/run-example.ts';
import { troupe } from '../run-in-process.ts';

describe('troupe list', () => {
  test('says how to begin where there is nothing, and makes no folder', async () => {
    const { code, stdout } = await troupe(['list']);
    expect(code).toBe(0);
    expect(stdout).toBe('There are no executions here yet. troupe run FILE starts one.\n');
  });

  test('shows what ran, newest first, with sign and word', async () => {
    const example = await withThree();
    const { stdout } = await example.troupe(['list']);
    const [head, ...rows] = stdout.trim().split('\n');
    expect(head).toMatch(/^status +execution +task +started +took$/);
    expect(rows.map((row) => row.replace(/ {2,}/g, ' | '))).toEqual([
      expect.stringMatching(
        /^‖ stopped \| third \| extract \| just now \| .* \| troupe resume third goes on with it$/,
      ),
      expect.stringMatching(/^✗ failed \| second \| extract \| just now \| .* \| .+/),
      expect.stringMatching(/^✓ completed \| first \| extract \| just now \| /),
    ]);
  });

  test('as a document has the same, for programs', async () => {
    const example = await withThree();
    const { total, executions } = await example.json('list');
    expect(total).toBe(3);
    expect(executions).toMatchObject([
      { id: 'third', status: 'running', driven: false, finishedAt: null, durationMs: null },
      { id: 'second', status: 'failed', error: { code: expect.any(String) } },
      {
        id: 'first',
        task: 'extract',
        version: '1.0.0',
        status: 'completed',
        phases: { total: 1, completed: 1 },
      },
    ]);
    expect(executions[2].durationMs).toBe(
      Date.parse(executions[2].finishedAt) - Date.parse(executions[2].startedAt),
    );
  });

  test('keeps to status, task, time and limit, and says how many more there are', async () => {
    const example = await withThree();
    const ids = async (...args: readonly string[]) =>
      (await example.json('list', ...args)).executions.map(({ id }: { id: string }) => id);
    expect(await ids('--status', 'failed', 'completed')).toEqual(['second', 'first']);
    expect(await ids('--task', 'other')).toEqual([]);
    expect(await ids('--since', '1h')).toHaveLength(3);
    expect(await ids('-n', '1')).toEqual(['third']);
    expect((await example.troupe(['list', '-n', '1'])).stdout).toContain(
      '2 executions more: troupe list --limit 3',
    );
    expect((await example.troupe(['list', '-t', 'other'])).stdout).toContain('No execution is like that');
  });

  test.each([
    [['--status', 'runing'], 'Allowed choices'],
    [['--limit', 'many'], "'many' is not a whole number"],
    [['--since', 'yesterday'], "'yesterday' is not a duration"],
  ])('%j is bad usage', async (args, message) => {
    const { code, stderr } = await troupe(['list', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

/** One that completed, one that failed, one that nobody drives. */
async function withThree(): Promise<Example> {
  const example = new Example('output-schema');
  await example.troupe(['run', 'extract', '--id', 'first', '-i', 'text=555 0100']);
  await example.troupe(['run', 'extract', '--id', 'second', '-i', 'text=nothing']);
  await example.troupe(['run', 'extract', '--id', 'third', '-i', 'text=555 0100', '--no-wait']);
  return example;
}
