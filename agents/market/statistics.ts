/** Any column of numbers. */
export type Numbers = Readonly<Float64Array> | readonly number[];

export function at(values: Numbers, index: number): number {
  return values[index] ?? Number.NaN;
}

export function last(values: Numbers): number {
  return at(values, values.length - 1);
}

export function clamp(value: number, low = -1, high = 1): number {
  return Math.min(high, Math.max(low, value));
}

/** To so many decimals; what is not finite becomes 0, since JSON has no word for it. */
export function round(value: number, decimals = 4): number {
  if (!Number.isFinite(value)) return 0;
  const factor = 10 ** decimals;
  return Math.round(value * factor) / factor + 0;
}

export function sum(values: Numbers): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

export function mean(values: Numbers): number {
  return sum(values) / values.length;
}

/** Of a sample: divides by n - 1. */
export function standardDeviation(values: Numbers): number {
  return Math.sqrt(centralMoment(values, 2) * (values.length / (values.length - 1)));
}

/** Third standardised moment of the population. */
export function skewness(values: Numbers): number {
  return centralMoment(values, 3) / centralMoment(values, 2) ** 1.5;
}

/** Fourth standardised moment of the population less 3: 0 for a normal distribution. */
export function excessKurtosis(values: Numbers): number {
  return centralMoment(values, 4) / centralMoment(values, 2) ** 2 - 3;
}

/** Linear interpolation between the closest ranks (type 7, the default of R and NumPy). @param share from 0 to 1 */
export function quantile(values: Numbers, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const position = (sorted.length - 1) * share;
  const below = Math.floor(position);
  const low = at(sorted, below);
  return low + (at(sorted, Math.min(below + 1, sorted.length - 1)) - low) * (position - below);
}

/** Share of the values below the given one, equal ones counted half: 0 to 1. */
export function percentileOf(values: Numbers, value: number): number {
  let below = 0;
  let equal = 0;
  for (const other of values) {
    if (other < value) below += 1;
    else if (other === value) equal += 1;
  }
  return (below + equal / 2) / values.length;
}

/** Correlation of a series with itself so many rows earlier. */
export function autocorrelation(values: Numbers, lag: number): number {
  const centre = mean(values);
  let together = 0;
  let total = 0;
  for (let index = 0; index < values.length; index += 1) {
    const deviation = at(values, index) - centre;
    total += deviation * deviation;
    if (index >= lag) together += deviation * (at(values, index - lag) - centre);
  }
  return total === 0 ? 0 : together / total;
}

export interface Line {
  readonly slope: number;
  readonly intercept: number;
  /** Share of the variance that the line explains: 0 to 1. */
  readonly fit: number;
}

/** Least squares of `values` on `against`, or on 0, 1, 2, … when that is left out. */
export function fitLine(values: Numbers, against: Numbers = Array.from(values, (_, index) => index)): Line {
  const centreX = mean(against);
  const centreY = mean(values);
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (let index = 0; index < values.length; index += 1) {
    const x = at(against, index) - centreX;
    const y = at(values, index) - centreY;
    xx += x * x;
    xy += x * y;
    yy += y * y;
  }
  const slope = xx === 0 ? 0 : xy / xx;
  return {
    slope,
    intercept: centreY - slope * centreX,
    fit: xx === 0 || yy === 0 ? 0 : (xy * xy) / (xx * yy),
  };
}

function centralMoment(values: Numbers, power: number): number {
  const centre = mean(values);
  let total = 0;
  for (const value of values) total += (value - centre) ** power;
  return total / values.length;
}
