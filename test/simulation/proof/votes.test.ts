import { describe, expect, test } from 'vitest';
import type { PointFault, PointFaultKind } from '../../../src/simulation/cluster/faults.ts';
import { runTrial } from './trial.ts';

/** Votes under every fault there is: ballots late, twice and forged, hosts that die or go silent with a sealed vote, owners that change. */
const SEEDS = Array.from({ length: 60 }, (_, index) => index + 1);

/** A seed with sealed votes, rounds and people; others take minutes (`CRASHED` may name any). */
const CRASHED = [11];

const CRASHES: readonly PointFaultKind[] = [
  'crash-before-append',
  'crash-after-append',
  'crash-after-read-back',
];

describe('votes', () => {
  test('keep what was promised, whatever goes wrong', { timeout: 240_000 }, async () => {
    const outcomes = new Map<string, number>();
    for (const seed of SEEDS) {
      const trial = await runTrial({ seed, votes: true, faults: 'heavy' });
      expect({ seed, findings: trial.findings }).toEqual({ seed, findings: [] });
      for (const { status } of Object.values(trial.outcomes))
        outcomes.set(status, (outcomes.get(status) ?? 0) + 1);
    }
    expect(outcomes.get('completed')).toBeGreaterThan(10);
    expect(outcomes.get('failed')).toBeGreaterThan(3);
  });

  test.each(CRASHED)(
    'of seed %i may lose a process at every append: before it, after it, and after it was read back',
    { timeout: 240_000 },
    async (seed) => {
      const occasions: PointFault[] = [];
      const calm = await runTrial({
        seed,
        votes: true,
        onOccasion: (fault) => {
          if (CRASHES.includes(fault.kind)) occasions.push(fault);
        },
      });
      expect(calm.findings).toEqual([]);
      expect(occasions.length).toBeGreaterThan(20);
      for (const fault of occasions) {
        const { findings } = await runTrial({ seed, votes: true, faults: { points: [fault], timed: [] } });
        expect({ fault, findings }).toEqual({ fault, findings: [] });
      }
    },
  );
});
