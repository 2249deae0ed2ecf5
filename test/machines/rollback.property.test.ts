import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Undoing } from '../../machines/ledger.ts';
import { play, scenario } from '../fixtures/executions/arbitrary.ts';
import type { ScriptedWorld } from '../fixtures/executions/scripted-world.ts';

const SEED = 20261127;
const RUNS = Number(process.env.ROLLBACK_RUNS ?? 300);

/** Positions at which a run had succeeded, one for each time, oldest first. */
type Completions = Map<string, number[]>;

/** A report that comes while its claim drains is accepted as well, and completes nothing. */
function noteCompletions({ fold }: ScriptedWorld, done: Completions): void {
  for (const { results } of fold.world.ledger.phases.values()) {
    for (const { step, status, position = 0 } of results.values()) {
      const known = done.get(step) ?? [];
      if (status === 'succeeded' && known.at(-1) !== position) done.set(step, [...known, position]);
    }
  }
}

/** Of the times that it succeeded, the last before it was undone: an uncertain time has none. */
function completionOf(done: Completions, { step, time }: Undoing): number {
  const positions = done.get(step) ?? [];
  return positions[Math.min(time, positions.length) - 1] ?? 0;
}

test('I5: compensations run in reverse order of completion, each once, uncertain first, when all has drained', () => {
  let seen = 0;
  fc.assert(
    fc.property(scenario, (played) => {
      const done: Completions = new Map();
      const world = play(played, (present) => {
        noteCompletions(present, done);
        const claims = present.fold.claims();
        const compensating = claims.filter(({ step }) => step.startsWith('undo-'));
        // Drained before, and one after the other.
        if (compensating.length > 0) expect(claims).toEqual(compensating.slice(0, 1));
      });
      const compensated = new Set<string>();
      for (const { plan = [], outcome, step, position } of world.fold.world.ledger.rollbacks) {
        seen += plan.length;
        const doubts = plan.map(({ uncertain }) => uncertain);
        expect(doubts).toEqual([...doubts].sort((a, b) => Number(b) - Number(a)));
        const order = plan
          .filter(({ uncertain }) => !uncertain)
          .map((undoing) => completionOf(done, undoing));
        expect(order).toEqual([...order].sort((a, b) => b - a));
        expect(plan.filter(({ status }) => status === 'pending').length > 0 && outcome === 'undone').toBe(
          false,
        );
        for (const undoing of plan) {
          const key = `${undoing.step}/${undoing.time}`;
          if (undoing.status === 'compensated' || undoing.status === 'skipped') {
            expect(compensated.has(key)).toBe(false);
            compensated.add(key);
          }
        }
        expect(step).toBeUndefined();
        expect(position).toBeGreaterThanOrEqual(0);
      }
      const last = world.fold.world.ledger.rollback;
      if (world.fold.status === 'rolledBack' && last?.position === 0)
        expect([...world.fold.world.ledger.deeds.keys()]).toEqual([]);
    }),
    { seed: SEED, numRuns: RUNS },
  );
  expect(seen).toBeGreaterThan(0);
});

test('no attempt and no evaluation has an id that was there before', () => {
  fc.assert(
    fc.property(scenario, (played) => {
      const claimed = new Set<string>();
      const evaluated = new Set<string>();
      const world = play(played);
      world.log.forEach(({ type, data }, at) => {
        if (world.answers[at]?.accepted !== true) return;
        const { step, attempt, evaluationId } = data as {
          step: string;
          attempt: number;
          evaluationId: string;
        };
        const [ids, id] =
          type === 'step.claimed' ? [claimed, `${step}/${attempt}`] : [evaluated, evaluationId];
        if (type !== 'step.claimed' && !type.startsWith('evaluation.')) return;
        expect(ids.has(id)).toBe(false);
        ids.add(id);
      });
    }),
    { seed: SEED + 1, numRuns: RUNS },
  );
});
