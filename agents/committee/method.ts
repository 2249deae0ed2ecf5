import type { Series } from '../market/series.ts';
import type { Mandate } from './mandate.ts';
import type { Assessment, NotApplicable } from './opinions.ts';

/** How one analyst comes to a view; pure, so that others can run it again on other data. */
export interface Method {
  readonly agent: string;
  /** What kind of evidence it is; the tolerance for risk decides how much each kind counts. */
  readonly area: 'direction' | 'risk' | 'tactics';
  /** Why the data cannot answer at all; undefined when they can. */
  readonly obstacle: (series: Series, mandate: Mandate) => NotApplicable | undefined;
  /**
   * The score alone, from -1 to 1; the red team computes it on hundreds of past days.
   * @param stretch multiplies every length the method uses (default 1): a view that turns when 200 days become 160 is worth less
   */
  readonly score: (series: Series, mandate: Mandate, stretch?: number) => number;
  /** Score, confidence and what a reader needs to follow them. */
  readonly assess: (series: Series, mandate: Mandate) => Assessment;
}

/** The obstacle of a series with too few rows for the longest window. */
export function tooShort(series: Series, indicator: string, rows: number): NotApplicable | undefined {
  const have = series.dates.length;
  if (have >= rows) return undefined;
  return { indicator, reason: `needs ${rows} ${series.frequency} prices, and there are ${have}` };
}

/** What is said when the data cannot answer: no view, and no weight in the vote. */
export function withoutView(obstacle: NotApplicable): Assessment {
  return {
    score: 0,
    confidence: 0,
    headline: `No view: ${obstacle.indicator} ${obstacle.reason}.`,
    metrics: {},
    evidence: [],
    notApplicable: [obstacle],
  };
}
