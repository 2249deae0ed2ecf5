import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fold } from '../../src/engine/fold.ts';
import type { FoldSnapshot } from '../../src/engine/fold-snapshot.ts';
import { play, scenario } from '../fixtures/executions/arbitrary.ts';
import { type ScriptedWorld, sorted } from '../fixtures/executions/scripted-world.ts';

const SEED = 20_260_101;

describe('the fold', () => {
  it('gives an equal hash, status and debt when a log is folded again', () => {
    fc.assert(
      fc.property(scenario, (played) => {
        const world = play(played);
        const again = world.foldAgain();
        expect(world.fold.hasEnded).toBe(true);
        expect(again.status).toBe(world.fold.status);
        expect(again.hash()).toBe(world.fold.hash());
        expect(sorted(again.owed())).toEqual(sorted(world.fold.owed()));
        expect(again.refused).toEqual(world.fold.refused);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('owes the same after a restore from JSON at every single record', () => {
    fc.assert(
      fc.property(scenario, (played) => {
        play(played, (world) => {
          const restored = restore(world);
          expect(restored.hash()).toBe(world.fold.hash());
          expect(restored.status).toBe(world.fold.status);
          expect(sorted(restored.owed())).toEqual(sorted(world.fold.owed()));
          expect(restored.claims()).toHaveLength(world.fold.claims().length);
        });
      }),
      { seed: SEED + 1, numRuns: 120 },
    );
  });

  it('ends the same way however often it was restored on the way', () => {
    fc.assert(
      fc.property(scenario, (played) => {
        const restored: { readonly fold: Fold; readonly after: number }[] = [];
        const world = play(played, (now) => restored.push({ fold: restore(now), after: now.log.length }));
        const hash = world.fold.hash();
        for (const { fold, after } of restored) {
          for (const record of world.log.slice(after)) fold.apply(record);
          expect(fold.hash()).toBe(hash);
          expect(fold.refused).toEqual(world.fold.refused);
        }
      }),
      { seed: SEED + 2, numRuns: 60 },
    );
  });

  it('tells of everything it owes by the time it owes it', () => {
    fc.assert(
      fc.property(scenario, (played) => {
        const told = new Set<string>();
        play(played, ({ fold }) => {
          for (const { kind, id } of fold.drain()) told.add(`${kind} ${id}`);
          for (const { kind, id } of fold.owed()) expect(told).toContain(`${kind} ${id}`);
        });
      }),
      { seed: SEED + 3, numRuns: 200 },
    );
  });
});

/** As after a crash: nothing but the JSON text is left. */
function restore(world: ScriptedWorld): Fold {
  const snapshot = JSON.parse(JSON.stringify(world.fold.snapshot())) as FoldSnapshot;
  return Fold.restore(snapshot, world.pinned, world.rules);
}
