import type { FoldSnapshot } from '../engine/fold-snapshot.ts';

/**
 * A copy of the snapshot that shares nothing which a fold changes in place: polls and measured numbers of phases. Everything else in
 * a state is replaced and never changed, so it is shared: a hundred snapshots of a long execution hold its results once.
 */
export function kept(snapshot: FoldSnapshot): FoldSnapshot {
  const phases = Object.entries(snapshot.ledger.phases).map(([name, produce]) => {
    const { polls, metrics } = produce;
    if (polls === undefined && metrics === undefined) return [name, produce] as const;
    const own = {
      ...(polls === undefined ? {} : { polls: structuredClone(polls) }),
      ...(metrics === undefined ? {} : { metrics: structuredClone(metrics) }),
    };
    return [name, { ...produce, ...own }] as const;
  });
  return { ...snapshot, ledger: { ...snapshot.ledger, phases: Object.fromEntries(phases) } };
}
