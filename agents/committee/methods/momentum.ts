import { macd, relativeStrengthIndex } from '../../market/oscillators.ts';
import { trailingReturn } from '../../market/returns.ts';
import { lastPrice, rowsFor, type Series } from '../../market/series.ts';
import { clamp, round } from '../../market/statistics.ts';
import { signedPercent } from '../../market/words.ts';
import { type Method, tooShort, withoutView } from '../method.ts';

/** Return of the last twelve months without the latest (12-1), relative strength index and MACD. */
export const momentum: Method = {
  agent: 'momentum-analyst',
  area: 'direction',
  obstacle: (series) => tooShort(series, 'the twelve-month return', rowsFor(series, 252, 1.25) + 1),
  score: (series, _mandate, stretch = 1) => scoreOf(measure(series, stretch)),
  assess(series, mandate) {
    const obstacle = momentum.obstacle(series, mandate);
    if (obstacle) return withoutView(obstacle);
    const found = measure(series, 1);
    const score = scoreOf(found);
    const { oscillators } = found;
    const agree = Math.sign(found.year) === Math.sign(found.half);
    return {
      score,
      confidence: round(
        clamp(0.35 + 0.25 * Math.abs(score) + (agree ? 0.15 : 0) - (oscillators ? 0 : 0.15), 0, 0.8),
      ),
      headline: `Twelve months without the last gave ${signedPercent(found.year)}, the last month alone ${signedPercent(found.month)}${oscillators ? `; the RSI is ${oscillators.rsi.toFixed(0)}` : ''}.`,
      metrics: {
        return12to1: round(found.year),
        return6to1: round(found.half),
        returnLastMonth: round(found.month),
        rsi14: oscillators ? round(oscillators.rsi, 2) : null,
        macdLine: oscillators ? round(oscillators.line, 3) : null,
        macdHistogram: oscillators ? round(oscillators.histogram, 3) : null,
      },
      evidence: [
        `Six months without the last gave ${signedPercent(found.half)}.`,
        ...(oscillators
          ? [
              `MACD is ${oscillators.histogram >= 0 ? 'above' : 'below'} its signal line by ${Math.abs(oscillators.histogram).toFixed(2)} points.`,
              rsiInWords(oscillators.rsi),
            ]
          : []),
      ],
      notApplicable: oscillators
        ? []
        : [{ indicator: 'RSI and MACD', reason: 'need daily prices, and the series is monthly' }],
    };
  },
};

interface Momentum {
  readonly year: number;
  readonly half: number;
  readonly month: number;
  readonly oscillators:
    | { readonly rsi: number; readonly line: number; readonly histogram: number; readonly share: number }
    | undefined;
}

function measure(series: Series, stretch: number): Momentum {
  const { close } = series;
  const month = series.frequency === 'daily' ? rowsFor(series, 21) : 1;
  const base = {
    year: trailingReturn(close, rowsFor(series, 252, stretch), month),
    half: trailingReturn(close, rowsFor(series, 126, stretch), month),
    month: trailingReturn(close, month),
  };
  if (series.frequency !== 'daily') return { ...base, oscillators: undefined };
  // Exponential averages forget; a year and a half of rows gives the value of the whole series.
  const recent = close.slice(-400);
  const { line, histogram } = macd(
    recent,
    Math.round(12 * stretch),
    Math.round(26 * stretch),
    Math.round(9 * stretch),
  );
  const rsi = relativeStrengthIndex(recent, Math.round(14 * stretch));
  return { ...base, oscillators: { rsi, line, histogram, share: histogram / lastPrice(series) } };
}

function scoreOf({ year, half, oscillators }: Momentum): number {
  const long = 0.65 * clamp(year / 0.2) + 0.35 * clamp(half / 0.12);
  if (oscillators === undefined) return round(long);
  // Strength helps up to 70; beyond, it is a move that has already happened.
  const strength = oscillators.rsi > 70 ? (80 - oscillators.rsi) / 10 : (oscillators.rsi - 50) / 20;
  return round(0.65 * long + 0.2 * clamp(oscillators.share / 0.004) + 0.15 * clamp(strength));
}

function rsiInWords(rsi: number): string {
  if (rsi >= 70) return `An RSI of ${rsi.toFixed(0)} counts as overbought.`;
  if (rsi <= 30) return `An RSI of ${rsi.toFixed(0)} counts as oversold.`;
  return `An RSI of ${rsi.toFixed(0)} is neither overbought nor oversold.`;
}
