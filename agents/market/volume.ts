import { at, fitLine, mean, type Numbers, sum } from './statistics.ts';

/** On-balance volume: the volume of rising rows less that of falling ones, added up. */
export function onBalanceVolume(prices: Numbers, volume: Numbers): Float64Array {
  const balance = new Float64Array(prices.length);
  for (let index = 1; index < prices.length; index += 1) {
    const direction = Math.sign(at(prices, index) - at(prices, index - 1));
    balance[index] = at(balance, index - 1) + direction * at(volume, index);
  }
  return balance;
}

/** Slope of the last rows of on-balance volume, in shares of an average row's volume: 0.1 is mild accumulation. */
export function balanceSlope(prices: Numbers, volume: Numbers, rows: number): number {
  const balance = onBalanceVolume(prices.slice(-rows - 1), volume.slice(-rows - 1));
  return fitLine(balance.slice(1)).slope / mean(volume.slice(-rows));
}

/** Volume of rising rows divided by that of falling rows. */
export function upDownRatio(prices: Numbers, volume: Numbers, rows: number): number {
  const up: number[] = [];
  const down: number[] = [];
  for (let index = Math.max(1, prices.length - rows); index < prices.length; index += 1) {
    const change = at(prices, index) - at(prices, index - 1);
    if (change > 0) up.push(at(volume, index));
    else if (change < 0) down.push(at(volume, index));
  }
  return (sum(up) + 1) / (sum(down) + 1);
}

/** Rows that fell by more than 0.2 % on more volume than the row before: large holders selling. */
export function distributionDays(prices: Numbers, volume: Numbers, rows: number): number {
  let count = 0;
  for (let index = Math.max(1, prices.length - rows); index < prices.length; index += 1) {
    const fell = at(prices, index) / at(prices, index - 1) - 1 < -0.002;
    if (fell && at(volume, index) > at(volume, index - 1)) count += 1;
  }
  return count;
}
