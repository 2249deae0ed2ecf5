import { describe, expect, test } from 'vitest';
import type { PointFault, PointFaultKind } from '../../../src/simulation/cluster/faults.ts';
import { runTrial } from './trial.ts';
import { workloadOf } from './workload.ts';

/** Seeds whose tasks between them use every kind of step, `forEach`, retries, signals, pauses, an abort, deadlines and rollbacks. */
const SEEDS = [7, 8, 10, 13, 18];

/** Those at which a process may die. */
const CRASHES: readonly PointFaultKind[] = [
  'crash-before-append',
  'crash-after-append',
  'crash-after-read-back',
];

async function occasionsOf(seed: number): Promise<readonly PointFault[]> {
  const occasions: PointFault[] = [];
  const { findings } = await runTrial({
    seed,
    onOccasion: (fault) => {
      if (CRASHES.includes(fault.kind)) occasions.push(fault);
    },
  });
  expect(findings).toEqual([]);
  return occasions;
}

describe.each(SEEDS)('seed %i', (seed) => {
  test('a process may die at every append: before it, after it, and after it was read back', async () => {
    const calm = await runTrial({ seed });
    const occasions = await occasionsOf(seed);
    expect(occasions.length).toBeGreaterThan(30);
    const ended = workloadOf(seed).executions.map(({ execution }) => execution);
    for (const fault of occasions) {
      const { findings, outcomes } = await runTrial({ seed, faults: { points: [fault], timed: [] } });
      expect({ fault, findings, ended: Object.keys(outcomes) }).toEqual({ fault, findings: [], ended });
    }
    expect(Object.keys(calm.outcomes)).toEqual(ended);
  });
});
