/** Numbers as sentences have them. */

/** `0.1234` is `12.3 %`. */
export function percent(share: number, decimals = 1): string {
  return `${(share * 100).toFixed(decimals)} %`;
}

/** With its sign: `+12.3 %`. */
export function signedPercent(share: number, decimals = 1): string {
  return `${share >= 0 ? '+' : ''}${percent(share, decimals)}`;
}

/** `1234567.8` is `1,234,567.80`. */
export function money(amount: number, decimals = 2): string {
  return amount.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** `1` is `1 day`, `2` is `2 days`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}
