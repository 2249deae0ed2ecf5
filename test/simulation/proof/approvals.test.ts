import { expect, test } from 'vitest';
import { approvalsWorkloadOf } from './approvals-workload.ts';
import { runTrial } from './trial.ts';

const SEEDS = 40;

test('no seed finds anything wrong with what people decide', { timeout: 240_000 }, async () => {
  const refused = new Set<string>();
  let voids = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { findings } = await runTrial({
      seed,
      workload: approvalsWorkloadOf(seed),
      faults: seed % 4 === 0 ? 'light' : 'heavy',
      onEnd: async (cluster) => {
        for (const execution of ['e0', 'e1']) {
          const fold = await cluster.fold(execution);
          for (const reason of Object.keys(fold?.refused ?? {})) refused.add(reason);
          for (const { results } of fold?.world.ledger.phases.values() ?? [])
            for (const { output } of results.values())
              voids += (output as { voids?: number } | null)?.voids ?? 0;
        }
      },
    });
    expect({ seed, findings }).toEqual({ seed, findings: [] });
  }
  expect([...refused]).toEqual(
    expect.arrayContaining(['not-entitled', 'drifted', 'already-decided', 'duplicate']),
  );
  expect(voids).toBeGreaterThan(0);
});
