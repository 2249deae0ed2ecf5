import type { Fold } from '../../engine/fold.ts';

/** Whether two folds stand in the same state (I4). Mostly they read the same, which costs less to see than their hashes. */
export function isSameState(one: Fold, other: Fold): boolean {
  return textOf(one) === textOf(other) || one.hash() === other.hash();
}

function textOf(fold: Fold): string {
  const { tree, ledger, controls, pinned, inputDigest } = fold.snapshot();
  return JSON.stringify({ tree, ledger, controls, pinned, inputDigest });
}
