import { expect, test } from 'vitest';
import { troupe } from '../cli/run-in-process.ts';

const root = new URL('../..', import.meta.url).pathname;

test.each([
  ['daily-market-analysis', ['-i', 'question=How much could I lose?']],
  ['investment-committee-meeting', ['--input-file', 'examples/simulation/mandate.yaml']],
])('simulation: %s completes with the agents of its file, mostly', async (task, input) => {
  const agents = `examples/simulation/${task}.yaml`;
  const args = ['simulate', task, ...input, '--agents', agents, '--runs', '10', '--hosts', '1', '--json'];
  const { stdout } = await troupe([...args, '--durations', 'estimates'], { cwd: root });
  const { success, errors } = JSON.parse(stdout);
  expect(success.count).toBeGreaterThanOrEqual(6);
  for (const { code } of errors) expect(code).toBe('EXECUTION_TIMED_OUT');
});
