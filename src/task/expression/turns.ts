import { expressionTooLarge } from '../../errors.ts';
import { EXPRESSION_LIMITS } from './limits.ts';

/**
 * The work of one evaluation, in turns: of a macro, of a thousand characters or items that a function or an operator walks
 * through, of a thousand steps of a pattern. Evaluation is synchronous, so one counter serves all.
 */
let turnsLeft = 0;

/** Gives the next evaluation its full number of turns. */
export function refillTurns(): void {
  turnsLeft = EXPRESSION_LIMITS.turns;
}

/** @throws Error when none are left */
export function spendTurns(count: number): void {
  turnsLeft -= count;
  if (turnsLeft < 0) throw new Error('too many turns');
}

/** Spends what walking through as many characters, items or steps costs; a few are free. */
export function spendWork(amount: number): void {
  if (amount >= WORK_PER_TURN) spendTurns(Math.floor(amount / WORK_PER_TURN));
}

const WORK_PER_TURN = 1000;

/** @throws TroupeError `EXPRESSION_TOO_LARGE` when the last evaluation ran out of turns, even if CEL absorbed that. */
export function checkTurns(text: string): void {
  if (turnsLeft < 0) {
    throw expressionTooLarge(
      text,
      `at most ${EXPRESSION_LIMITS.turns} turns of its macros, or as much other work`,
    );
  }
}
