import { addDays } from '../market/calendar.ts';
import { lastDate, lastPrice, type Series } from '../market/series.ts';
import { round } from '../market/statistics.ts';
import { type Mandate, RISK_ALLOWANCES } from './mandate.ts';

/** What the secretary puts on record when the meeting opens. */
export interface Opening {
  readonly kind: 'opening';
  readonly agent: string;
  readonly mandate: Mandate & { readonly lossBudget: number; readonly until: string };
  readonly data: {
    readonly ticker: string;
    readonly name: string;
    readonly source: string;
    readonly frequency: Series['frequency'];
    readonly from: string;
    /** The last day that anyone in the meeting knows. */
    readonly asOf: string;
    readonly rows: number;
    readonly price: number;
    readonly has: readonly string[];
  };
}

export function openMeeting(agent: string, series: Series, mandate: Mandate): Opening {
  const asOf = lastDate(series);
  return {
    kind: 'opening',
    agent,
    mandate: {
      ...mandate,
      lossBudget: RISK_ALLOWANCES[mandate.riskTolerance].lossBudget,
      until: addDays(asOf, mandate.horizonDays),
    },
    data: {
      ticker: series.ticker,
      name: series.name,
      source: series.source,
      frequency: series.frequency,
      from: series.dates[0] ?? '',
      asOf,
      rows: series.dates.length,
      price: round(lastPrice(series), 4),
      has: [
        'close',
        ...(['high', 'low', 'volume'] as const).filter((column) => series[column] !== undefined),
      ],
    },
  };
}
