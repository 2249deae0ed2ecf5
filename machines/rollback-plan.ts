import type {
  Deed,
  Difference,
  Digests,
  Measure,
  Measured,
  Rollback,
  RollbackDemand,
  Undoing,
} from './ledger.ts';
import { stepOf, type World } from './world.ts';

/** What a rollback undoes and in which order. Pure. */

/** How far it goes back. */
export type RollbackScope = Pick<Rollback, 'position' | 'step'>;

/**
 * In the order of I5: what is uncertain first, the newest claim first; then what succeeded, in reverse order of completion. Only
 * once nothing is claimed any more is it known what is uncertain.
 */
export function planOf(world: World, scope: RollbackScope): readonly Undoing[] {
  const deeds = [...world.ledger.deeds.values()].filter((deed) => isInScope(world, deed, scope));
  return deeds
    .map((deed) => ({ deed, completedAt: completedAt(world, deed) }))
    .sort((a, b) => rankOf(b) - rankOf(a) || b.deed.claimedAt - a.deed.claimedAt)
    .map(({ deed, completedAt: at }) => ({
      step: deed.run,
      time: deed.time,
      uncertain: at === undefined,
      run: compensationRun(world, deed),
      status: 'pending',
    }));
}

function rankOf({ completedAt: at }: { completedAt: number | undefined }): number {
  return at ?? Number.MAX_SAFE_INTEGER;
}

/** Position at which its outcome was accepted; undefined: it is uncertain. */
function completedAt({ ledger }: World, deed: Deed): number | undefined {
  const result = ledger.phases.get(deed.phase)?.results.get(deed.run);
  return result?.status === 'succeeded' ? (result.position ?? 0) : undefined;
}

/** What had ended at the checkpoint, also in failure, is part of what it goes back to. */
function isInScope({ ledger }: World, deed: Deed, { position, step }: RollbackScope): boolean {
  if (step !== undefined && deed.step !== step && deed.run !== step) return false;
  const ended = ledger.phases.get(deed.phase)?.results.get(deed.run)?.position;
  return ended === undefined || ended > position || deed.claimedAt > position;
}

/**
 * One run of the compensation for each time that a run is done: what was undone and done again is undone again, under a key of its
 * own. No id of a step ends in `_` and digits, so these are no other step's.
 */
function compensationRun(world: World, { step: id, item, time }: Deed): string {
  const step = stepOf(world, id);
  const base = step.kind === 'agent' ? (step.compensate?.id ?? id) : id;
  return `${base}${item === undefined ? '' : `_${item + 1}`}${time === 1 ? '' : `_${time}`}`;
}

/** Whether there is such a point to go back to, and such a step. */
export function isReachable(
  world: World,
  demand: Pick<RollbackDemand, 'to' | 'step'>,
  positionOf: PositionOf,
): boolean {
  if (demand.to !== undefined && positionOf(demand.to) === undefined) return false;
  if (demand.step === undefined) return true;
  const { step } = demand;
  return world.stepsById.has(step) || world.ledger.deeds.has(step);
}

/** Position of the checkpoint of that name that was made last. */
export type PositionOf = (name: string) => number | undefined;

/** What is not as it was, by path. */
function differencesOf(was: Digests, is: Digests): readonly Difference[] {
  const paths = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
  return paths.flatMap((path): Difference[] => {
    const before = Object.hasOwn(was, path) ? (was[path] ?? undefined) : undefined;
    const after = Object.hasOwn(is, path) ? (is[path] ?? undefined) : undefined;
    if (before === after) return [];
    if (after === undefined) return [{ path, kind: 'missing', was: before }];
    if (before === undefined) return [{ path, kind: 'new', is: after }];
    return [{ path, kind: 'changed', was: before, is: after }];
  });
}

/** What comparing came to. */
export function comparison(
  was: Measure | undefined,
  is: Measured,
): Pick<Rollback, 'verified' | 'differences' | 'unmeasured'> {
  const unmeasured = was?.error ?? is.error;
  if (was?.digests === undefined || is.digests === undefined)
    return { verified: false, unmeasured: unmeasured ?? 'The checkpoint was not measured.' };
  const differences = differencesOf(was.digests, is.digests);
  return differences.length === 0 ? { verified: true } : { verified: false, differences };
}
