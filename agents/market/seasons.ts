import { addDays, monthOf } from './calendar.ts';
import type { Series } from './series.ts';
import { at } from './statistics.ts';

export interface MonthReturn {
  /** `2020-02` */
  readonly month: string;
  readonly return: number;
}

/** Simple returns of the calendar months that are over; the month of the last row is not counted, for it may go on. */
export function monthlyReturns({ dates, close }: Series): MonthReturn[] {
  const ends: { month: string; price: number }[] = [];
  for (let index = 0; index + 1 < dates.length; index += 1) {
    const month = dates[index]?.slice(0, 7) ?? '';
    if (month !== dates[index + 1]?.slice(0, 7)) ends.push({ month, price: at(close, index) });
  }
  return ends
    .slice(1)
    .map(({ month, price }, index) => ({ month, return: price / (ends[index]?.price ?? price) - 1 }));
}

/** Calendar months (1 to 12) that the days after `from` touch for at least a week, or all when they are fewer than seven days. */
export function monthsAhead(from: string, days: number): number[] {
  const counts = new Map<number, number>();
  for (let ahead = 1; ahead <= Math.min(days, 366); ahead += 1) {
    const month = monthOf(addDays(from, ahead));
    counts.set(month, (counts.get(month) ?? 0) + 1);
  }
  const touched = [...counts].filter(([, count]) => count >= Math.min(7, days));
  return (touched.length > 0 ? touched : [...counts]).map(([month]) => month);
}
