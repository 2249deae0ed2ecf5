import type { Series } from '../market/series.ts';
import { lastDate } from '../market/series.ts';
import { mean, round } from '../market/statistics.ts';
import { count, percent, signedPercent } from '../market/words.ts';
import { challengesTo } from './challenges.ts';
import type { Mandate } from './mandate.ts';
import type { Analogue, Analysis, Attack } from './opinions.ts';
import { type Replay, replayPast } from './replays.ts';

/** How many similar days are looked at. */
const ANALOGUES = 8;

/** The red team's work: every analyst's method replayed over the past, and what it finds against each claim. */
export function attack(
  agent: string,
  analyses: readonly Analysis[],
  series: Series,
  mandate: Mandate,
): Attack {
  const replays = replayPast(series, mandate);
  const seed = `${series.ticker}/${lastDate(series)}/${mandate.horizonDays}`;
  const challenges = analyses.flatMap((analysis) =>
    challengesTo(analysis, { analyses, replays, mandate, seed }),
  );
  const analogues = findAnalogues(analyses, replays);
  const baseRate = {
    positive: replays.length === 0 ? 0 : round(mean(replays.map((replay) => (replay.return > 0 ? 1 : 0)))),
    meanReturn: replays.length === 0 ? 0 : round(mean(replays.map((replay) => replay.return))),
    windows: replays.length,
  };
  return {
    kind: 'attack',
    agent,
    headline: headlineOf(challenges.length, analogues, baseRate, mandate),
    challenges,
    analogues,
    baseRate,
    leaning: leaningOf(analyses),
  };
}

/** Mean of the scores, weighted by confidence: -1 to 1. */
export function leaningOf(analyses: readonly Analysis[]): number {
  const weight = analyses.reduce((total, { confidence }) => total + confidence, 0);
  if (weight === 0) return 0;
  return round(analyses.reduce((total, { score, confidence }) => total + score * confidence, 0) / weight);
}

/** The past days on which the analysts' scores were nearest to today's; the one that ended worst first. */
function findAnalogues(analyses: readonly Analysis[], replays: readonly Replay[]): Analogue[] {
  const measured = analyses.filter(({ confidence }) => confidence > 0);
  const distance = ({ scores }: Replay): number =>
    mean(measured.map(({ agent, score }) => ((scores[agent] ?? 0) - score) ** 2));
  return replays
    .filter(({ scores }) => measured.every(({ agent }) => scores[agent] !== undefined))
    .sort((a, b) => distance(a) - distance(b))
    .slice(0, ANALOGUES)
    .sort((a, b) => a.return - b.return)
    .map((replay) => ({ date: replay.date, return: round(replay.return), worst: round(replay.worst) }));
}

function headlineOf(
  challenges: number,
  analogues: readonly Analogue[],
  baseRate: Attack['baseRate'],
  { horizon }: Mandate,
): string {
  const worst = analogues[0];
  const likeToday =
    worst === undefined
      ? 'No past day can be compared with this one.'
      : `Of the ${analogues.length} days most like this one, ${worst.date} ended worst: ${signedPercent(worst.return)} within ${horizon}.`;
  return `${count(challenges, 'challenge')}. ${likeToday} Of ${baseRate.windows} past periods of ${horizon}, ${percent(baseRate.positive, 0)} rose.`;
}
