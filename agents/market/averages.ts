import { at, mean, type Numbers } from './statistics.ts';

/** Mean of the last `rows` values, so many rows before the end; NaN when there are fewer. */
export function simpleAverage(values: Numbers, rows: number, rowsAgo = 0): number {
  const end = values.length - rowsAgo;
  return end < rows ? Number.NaN : mean(values.slice(end - rows, end));
}

/** Simple moving average at every row; NaN until there are enough rows. */
export function movingAverage(values: Numbers, rows: number): Float64Array {
  const averages = new Float64Array(values.length).fill(Number.NaN);
  let total = 0;
  for (let index = 0; index < values.length; index += 1) {
    total += at(values, index);
    if (index >= rows) total -= at(values, index - rows);
    if (index >= rows - 1) averages[index] = total / rows;
  }
  return averages;
}

/** Exponential moving average with factor 2 / (rows + 1), begun with the first value. */
export function exponentialAverage(values: Numbers, rows: number): Float64Array {
  const averages = new Float64Array(values.length);
  const factor = 2 / (rows + 1);
  let average = at(values, 0);
  for (let index = 0; index < values.length; index += 1) {
    average += factor * (at(values, index) - average);
    averages[index] = average;
  }
  return averages;
}
