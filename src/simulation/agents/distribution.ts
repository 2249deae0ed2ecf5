import { parseDuration } from '../../task/duration.ts';

/** A fixed number, or a distribution to draw one from. Of times: ms, or a duration such as `'90s'`. */
export type Quantity = Amount | Distribution;

type Amount = number | string;

export type Distribution =
  | { readonly fixed: Amount }
  | { readonly uniform: readonly [Amount, Amount] }
  | { readonly normal: { readonly mean: Amount; readonly sd: Amount } }
  | { readonly logNormal: { readonly median: Amount; readonly p95: Amount } }
  | { readonly exponential: { readonly mean: Amount } }
  /** One of them; each is as likely. */
  | { readonly samples: readonly Amount[] };

/**
 * The value that a share `u` of all draws is below: a higher chance never gives a lower value. Never negative.
 * @param u in [0, 1)
 * @throws TroupeError `DURATION_INVALID`
 */
export function drawFrom(quantity: Quantity, u: number): number {
  return Math.max(0, quantile(quantity, u));
}

function quantile(quantity: Quantity, u: number): number {
  if (typeof quantity !== 'object') return amountOf(quantity);
  if ('fixed' in quantity) return amountOf(quantity.fixed);
  if ('uniform' in quantity) {
    const [low, high] = quantity.uniform.map(amountOf) as [number, number];
    return low + (high - low) * u;
  }
  if ('normal' in quantity) {
    const { mean, sd } = quantity.normal;
    return amountOf(mean) + amountOf(sd) * standardNormal(u);
  }
  if ('logNormal' in quantity) {
    const median = amountOf(quantity.logNormal.median);
    const spread = Math.log(amountOf(quantity.logNormal.p95) / median) / P95;
    return median * Math.exp(spread * standardNormal(u));
  }
  if ('exponential' in quantity) return -amountOf(quantity.exponential.mean) * Math.log(1 - u);
  const { samples } = quantity;
  return amountOf(samples[Math.floor(u * samples.length)] ?? 0);
}

function amountOf(amount: Amount): number {
  return typeof amount === 'number' ? amount : parseDuration(amount);
}

/** The standard normal distribution is below it in 95 of 100 draws. */
const P95 = 1.6448536269514722;

/**
 * The inverse of the standard normal distribution, with a relative error below 1.15e-9: Acklam's rational approximation,
 * https://web.archive.org/web/20151030215612/http://home.online.no/~pjacklam/notes/invnorm/
 */
function standardNormal(u: number): number {
  const p = Math.min(Math.max(u, SMALLEST), 1 - SMALLEST);
  if (p < TAIL) return tail(Math.sqrt(-2 * Math.log(p)));
  if (p > 1 - TAIL) return -tail(Math.sqrt(-2 * Math.log(1 - p)));
  const q = p - 0.5;
  const r = q * q;
  return (polynomial(A, r) * q) / (polynomial(B, r) * r + 1);
}

function tail(q: number): number {
  return polynomial(C, q) / (polynomial(D, q) * q + 1);
}

/** Coefficients from the highest power down. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

/** Half of the smallest step between two chances. */
const SMALLEST = 2 ** -33;
const TAIL = 0.02425;
const A = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
];
const B = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
const C = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
