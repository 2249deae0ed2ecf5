import { type Drawdown, describeDrawdown, drawdowns, worstWithin } from '../../market/drawdown.ts';
import { returnsOver } from '../../market/returns.ts';
import type { Series } from '../../market/series.ts';
import { at, clamp, mean, quantile, round } from '../../market/statistics.ts';
import { count, percent, signedPercent } from '../../market/words.ts';
import { horizonRows, type Mandate } from '../mandate.ts';
import { type Method, tooShort, withoutView } from '../method.ts';

/** How far below its peak the price is, and what followed when it was there before. */
export const drawdown: Method = {
  agent: 'drawdown-analyst',
  area: 'risk',
  obstacle: (series, mandate) =>
    tooShort(series, 'a drawdown history', 2 * horizonRows(series, mandate) + 30),
  score: (series, mandate, stretch = 1) => scoreOf(measure(series, mandate, stretch), stretch),
  assess(series, mandate) {
    const obstacle = drawdown.obstacle(series, mandate);
    if (obstacle) return withoutView(obstacle);
    const found = measure(series, mandate, 1);
    const { current, worst, worstAt, peakAt } = found.now;
    const rows = horizonRows(series, mandate);
    const fall = -quantile(worstWithin(series.close, rows), 0.05);
    const { episodes, after } = found;
    return {
      score: scoreOf(found, 1),
      confidence: round(clamp(0.35 + 0.06 * episodes + 0.2 * Math.min(1, current / 0.2), 0, 0.75)),
      headline:
        current < 0.005
          ? `The price is at its peak; the worst loss since ${series.dates[0]} was ${percent(worst)}.`
          : `The price is ${percent(current)} below its peak of ${series.dates[peakAt]}; the worst loss so far was ${percent(worst)}.`,
      metrics: {
        current: round(current),
        worst: round(worst),
        worstDate: series.dates[worstAt] ?? null,
        peakDate: series.dates[peakAt] ?? null,
        rowsSincePeak: series.dates.length - 1 - peakAt,
        badFallWithinHorizon: round(fall),
        earlierEpisodes: episodes,
        meanReturnAfter: after === undefined ? null : round(after),
      },
      evidence: [
        `In one of twenty past windows of ${mandate.horizon} the price fell ${percent(fall)} or more below the start.`,
        after === undefined
          ? 'The price was never this far below a peak before, so there is no history to compare with.'
          : `In ${count(episodes, 'earlier episode')} as deep as this, the next ${mandate.horizon} brought ${signedPercent(after)} on average.`,
      ],
      notApplicable: [],
    };
  },
};

interface Depth {
  readonly now: Drawdown;
  /** Separate stretches of the past that were as deep. */
  readonly episodes: number;
  /** Mean return over the horizon from days as deep as now; undefined when there were none. */
  readonly after: number | undefined;
  /** What the horizon usually moves. */
  readonly usual: number;
}

function measure(series: Series, mandate: Mandate, stretch: number): Depth {
  const { close } = series;
  const rows = horizonRows(series, mandate);
  const losses = drawdowns(close);
  const now = describeDrawdown(close);
  const threshold = now.current * 0.9;
  const forward = returnsOver(close, rows);
  const similar: number[] = [];
  let episodes = 0;
  let lastSimilar = Number.NEGATIVE_INFINITY;
  const limit = Math.min(forward.length, Math.round(losses.length * Math.min(1, stretch)));
  for (let index = 0; index < limit; index += 1) {
    if (at(losses, index) < threshold || at(losses, index) > threshold + 0.1) continue;
    if (index - lastSimilar > rows) episodes += 1;
    lastSimilar = index;
    similar.push(at(forward, index));
  }
  const usual = forward.length === 0 ? 0 : mean(Array.from(forward, Math.abs));
  return { now, episodes, after: similar.length === 0 ? undefined : mean(similar), usual };
}

/** At the peak a mild plus, at 7.5 % below it none, at 22.5 % and more the full minus; the past of such depths moves it by at most 0.3. */
function scoreOf({ now, after, usual, episodes }: Depth, stretch: number): number {
  const depth = clamp(0.5 - now.current / (0.15 * stretch), -1, 0.5);
  const history = after === undefined || usual === 0 || episodes < 2 ? 0 : 0.3 * clamp(after / usual);
  return round(clamp(depth + history));
}
