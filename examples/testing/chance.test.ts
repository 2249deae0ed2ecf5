import { expect, test } from 'vitest';
import { type AgentScript, simulate } from '../../src/testing.ts';
import { agents } from './agents.ts';

const drawn: AgentScript = {
  latency: { logNormal: { median: '40 minutes', p95: '5h' } },
  failures: { crash: 0.2, 'rate-limit': 0.1 },
  usage: { tokens: { normal: { mean: 1500, sd: 300 } } },
  outputs: [
    { weight: 9, output: { verdict: 'allowed' } },
    { weight: 1, output: { verdict: 'forbidden' } },
  ],
};

async function durationWith(seed: number): Promise<number> {
  await using run = await simulate('release-notes', {
    cwd: import.meta.dirname,
    input: { since: '1.4.0' },
    agents: { ...agents, lawyer: drawn, editor: drawn },
    seed,
    signals: [{ name: 'approve', payload: { by: 'Ada' }, after: { phase: 'Review', delay: '1h' } }],
  });
  const report = await run.toEnd();
  expect(['completed', 'failed']).toContain(report.status);
  return report.durationMs;
}

test('always comes to an end, whatever is drawn', async () => {
  const durations: number[] = [];
  for (let seed = 1; seed <= 50; seed += 1) durations.push(await durationWith(seed));
  expect(new Set(durations).size).toBeGreaterThan(40);
  // One seed draws the same every time: what failed once can be looked at again.
  expect(await durationWith(7)).toBe(durations[6]);
});
