import type { Fold } from '../engine/fold.ts';
import { type Blocked, blockedIn } from './deadlock/blocked.ts';
import { cycleIn } from './deadlock/cycle.ts';
import { type Move, movesOf } from './deadlock/moves.ts';
import type { Outside } from './deadlock/outside.ts';

/** Whether an execution can still move, and what is in its way when it cannot. */
export type Verdict =
  | { readonly kind: 'ended' }
  /** Some record can still come that moves it. */
  | { readonly kind: 'moving'; readonly moves: readonly Move[] }
  | Standstill;

export interface Standstill {
  /** `waiting`: a person may send what is missing. `deadlock`: nobody ever will. */
  readonly kind: 'waiting' | 'deadlock';
  /** The live steps that stand still, and all that they stand behind. */
  readonly blocked: readonly Blocked[];
  /** Each stands behind the next; the first is repeated at the end. Empty: it is no ring. */
  readonly cycle: readonly string[];
  /** When a deadline gives up what stands still, in ms since 1970; only where that was asked for. */
  readonly untilMs?: number | undefined;
}

/**
 * Whether anything that could still come moves the execution: a proof and no timeout. Its state changes by records alone, so when
 * no timer is owed, no claim is live, no host can take an offer, no evaluation is owed and no signal that is still to be sent
 * would be taken, then it stands where it stands for ever, or until a person acts. Pure.
 *
 * @param despiteDeadlines also look at one that only a deadline can end (`maxExecutionTime`, a `timeout`, `claimWithin`): it is not
 * stuck for ever, but nothing else will come
 */
export function findDeadlock(
  fold: Fold,
  outside: Outside,
  { despiteDeadlines = false }: { readonly despiteDeadlines?: boolean } = {},
): Verdict {
  if (fold.hasEnded) return { kind: 'ended' };
  const moves = movesOf(fold, outside);
  const deadlines = moves.flatMap((move) =>
    move.kind === 'timer' && move.purpose === 'deadline' ? [move.dueAt] : [],
  );
  const isStill = moves.length === 0 || (despiteDeadlines && deadlines.length === moves.length);
  if (!isStill) return { kind: 'moving', moves };
  const blocked = blockedIn(fold, outside);
  const byPerson = blocked.some(({ missing }) => missing?.byPerson === true);
  return {
    kind: byPerson ? 'waiting' : 'deadlock',
    blocked,
    cycle: cycleIn(blocked),
    ...(deadlines.length === 0 ? {} : { untilMs: Math.min(...deadlines) }),
  };
}
