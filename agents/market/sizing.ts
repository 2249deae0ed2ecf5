/** Rules for the size of a position; sizes are shares of the amount on offer. */

/** The growth-optimal share for returns with this yearly mean and volatility (Kelly, continuous form): at least 0, may exceed 1. */
export function kellyFraction(meanReturn: number, volatility: number): number {
  return Math.max(0, meanReturn / volatility ** 2);
}

/** The share at which the position's volatility is the target; at most 1. */
export function volatilityTargetFraction(target: number, volatility: number): number {
  return Math.min(1, target / volatility);
}

/** The share at which the value at risk uses up the loss budget; at most 1. */
export function riskBudgetFraction(budget: number, valueAtRisk: number): number {
  return valueAtRisk <= budget ? 1 : budget / valueAtRisk;
}
