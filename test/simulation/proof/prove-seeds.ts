import { describe, expect, test } from 'vitest';
import type { FaultLevel } from '../../../src/simulation/cluster/faults.ts';
import { Proof } from './proof.ts';
import { runTrial } from './trial.ts';

/** 2,000 seeds, in shares for files that run side by side. */
const SEEDS: readonly { readonly level: FaultLevel; readonly from: number; readonly count: number }[] = [
  { level: 'heavy', from: 1, count: 1_600 },
  { level: 'light', from: 1_601, count: 300 },
  { level: 'none', from: 1_901, count: 100 },
];
const SHARES = 4;
/** In one test. */
const AT_ONCE = 50;

/**
 * A quarter of the seeds: none finds anything, and together they prove something.
 * @param share from 1
 */
export function proveSeeds(share: number): void {
  const proof = new Proof();
  describe.each(SEEDS)('$level faults', ({ level, from, count }) => {
    const own = count / SHARES;
    const first = from + (share - 1) * own;
    const parts = Array.from({ length: Math.ceil(own / AT_ONCE) }, (_, part) => first + part * AT_ONCE);
    test.each(parts)('seeds from %i on find nothing', async (begin) => {
      for (let seed = begin; seed < Math.min(begin + AT_ONCE, first + own); seed += 1) {
        const trial = await runTrial({ seed, faults: level });
        expect({ seed, findings: trial.findings }).toEqual({ seed, findings: [] });
        proof.add(trial);
      }
    });
  });

  test('work was done, every kind of fault struck, and executions ended in every way', () => {
    expect(proof.trials).toBe(SEEDS.reduce((sum, { count }) => sum + count / SHARES, 0));
    expect(proof.lacks()).toEqual([]);
  });
}
