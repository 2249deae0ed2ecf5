import { bootstrapMean } from '../market/bootstrap.ts';
import { mean } from '../market/statistics.ts';
import { percent, signedPercent } from '../market/words.ts';
import type { Mandate } from './mandate.ts';
import { type Analysis, type Challenge, type Severity, sideOf } from './opinions.ts';
import type { Replay } from './replays.ts';

/** Fewer cases than this say nothing, in either direction. */
const FEWEST_CASES = 8;
const FEWEST_CASES_IN_A_PERIOD = 4;
/** Scores from which two analysts on different sides contradict each other. */
const STRONG = 0.4;

const FACTORS: Readonly<Record<Severity, number>> = { low: 0.9, medium: 0.75, high: 0.6 };

/** Everything that can be said against one analyst with a view, from the past and from its colleagues. */
export function challengesTo(
  analysis: Analysis,
  context: {
    analyses: readonly Analysis[];
    replays: readonly Replay[];
    mandate: Mandate;
    /** What makes the bootstrap repeatable. */
    seed: string;
  },
): Challenge[] {
  if (sideOf(analysis.stance) === 0 || analysis.confidence === 0) return [];
  const { replays, mandate, seed, analyses } = context;
  return [
    attackTrackRecord(analysis, replays, mandate, seed),
    attackSubPeriods(analysis, replays, mandate),
    attackWithContradiction(analysis, analyses),
  ].filter((challenge) => challenge !== undefined);
}

/** Did the price follow the side that the method took, more often than it does anyway? */
function attackTrackRecord(
  analysis: Analysis,
  replays: readonly Replay[],
  { horizon }: Mandate,
  seed: string,
): Challenge | undefined {
  const side = sideOf(analysis.stance);
  const cases = sameSide(analysis, replays);
  const moved = side === 1 ? 'rose' : 'fell';
  if (cases.length < FEWEST_CASES) {
    const finding = `Of ${replays.length} past days the method said the same on ${cases.length}: too few to know whether it works.`;
    return challenge(analysis, 'track-record', 'low', finding);
  }
  const isRight = (replay: Replay): number => (Math.sign(replay.return) === side ? 1 : 0);
  const hits = cases.map(isRight);
  const hitRate = mean(hits);
  const baseRate = mean(replays.map(isRight));
  const { low, high } = bootstrapMean(hits, `${seed}/${analysis.agent}`);
  const severity = severityOf(hitRate, baseRate, low, high);
  if (severity === undefined) return undefined;
  return challenge(
    analysis,
    'track-record',
    severity,
    `On ${cases.length} past days on which the method said the same, the price ${moved} within ${horizon} in ${percent(hitRate, 0)} (90 % interval ${percent(low, 0)} to ${percent(high, 0)}); of all past days it ${moved} after ${percent(baseRate, 0)}.`,
  );
}

function severityOf(hitRate: number, baseRate: number, low: number, high: number): Severity | undefined {
  if (high < baseRate) return 'high';
  if (hitRate <= baseRate) return 'medium';
  return low <= baseRate ? 'low' : undefined;
}

/** Did it work in each third of the past, or only in one? */
function attackSubPeriods(
  analysis: Analysis,
  replays: readonly Replay[],
  { horizon }: Mandate,
): Challenge | undefined {
  const side = sideOf(analysis.stance);
  const third = Math.ceil(replays.length / 3);
  const failures = [0, 1, 2].flatMap((part) => {
    const period = replays.slice(part * third, (part + 1) * third);
    const cases = sameSide(analysis, period);
    if (cases.length < FEWEST_CASES_IN_A_PERIOD) return [];
    const edge = mean(cases.map((replay) => replay.return)) - mean(period.map((replay) => replay.return));
    return edge * side >= 0
      ? []
      : [`${period[0]?.date.slice(0, 4)}–${period.at(-1)?.date.slice(0, 4)} (${signedPercent(edge)})`];
  });
  if (failures.length === 0) return undefined;
  return challenge(
    analysis,
    'sub-periods',
    failures.length === 1 ? 'low' : 'medium',
    `On days on which the method said the same, the next ${horizon} were ${side === 1 ? 'worse' : 'better'} than the average of the same years in ${failures.join(' and ')}.`,
  );
}

/** Who of the surer colleagues reads the same prices the other way? */
function attackWithContradiction(analysis: Analysis, analyses: readonly Analysis[]): Challenge | undefined {
  const opponents = analyses.filter(
    (other) =>
      Math.abs(other.score) >= STRONG &&
      Math.abs(analysis.score) >= STRONG &&
      Math.sign(other.score) !== Math.sign(analysis.score) &&
      other.confidence > analysis.confidence,
  );
  const strongest = opponents.sort((a, b) => b.confidence - a.confidence)[0];
  if (strongest === undefined) return undefined;
  const severity = strongest.confidence - analysis.confidence >= 0.1 ? 'medium' : 'low';
  return challenge(
    analysis,
    'contradiction',
    severity,
    `The ${strongest.agent} reads the same prices the other way (${strongest.score.toFixed(2)}) and is surer (${percent(strongest.confidence, 0)} against ${percent(analysis.confidence, 0)}): ${strongest.headline}`,
  );
}

/** Past days on which the method took the side that it takes today. */
function sameSide({ agent, score }: Analysis, replays: readonly Replay[]): Replay[] {
  return replays.filter(({ scores }) => {
    const then = scores[agent] ?? 0;
    return Math.abs(then) >= 0.15 && Math.sign(then) === Math.sign(score);
  });
}

function challenge(
  { agent, headline }: Analysis,
  attack: Challenge['attack'],
  severity: Severity,
  counterEvidence: string,
): Challenge {
  return {
    id: `${agent}/${attack}`,
    agent,
    attack,
    claim: headline,
    counterEvidence,
    severity,
    confidenceFactor: FACTORS[severity],
  };
}
