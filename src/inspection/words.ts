/** A duration as a person says it, two units at most: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `4 days 3 h`. */
export function durationInWords(ms: number): string {
  if (ms < 1) return '0 s';
  if (ms < 100) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return twoUnits(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(ms / 60_000);
  if (minutes < 24 * 60) return twoUnits(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(ms / 3_600_000);
  const days = Math.floor(hours / 24);
  return twoUnits(days, days === 1 ? 'day' : 'days', hours % 24, 'h');
}

/** `1 step`, `3 steps`; `plural` for words that take more than an s. */
export function counted(count: number, word: string, plural = `${word}s`): string {
  return `${count} ${count === 1 ? word : plural}`;
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
