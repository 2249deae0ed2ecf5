import { expect, test } from 'vitest';
import { runTrial } from './trial.ts';
test('rollback seeds', { timeout: 600_000 }, async () => {
  const statuses: Record<string, number> = {};
  const bad: unknown[] = [];
  for (let seed = 2; seed < Number(process.env.UPTO ?? 400); seed += 4) {
    const { findings, outcomes } = await runTrial({ seed, faults: 'heavy' });
    if (findings.length > 0) bad.push({ seed, findings: findings.slice(0, 2) });
    for (const { status } of Object.values(outcomes)) statuses[status] = (statuses[status] ?? 0) + 1;
  }
  console.log(statuses);
  expect(bad).toEqual([]);
});
