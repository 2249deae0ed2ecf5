import { round } from '../market/statistics.ts';
import { percent } from '../market/words.ts';
import { confidenceOf } from './consensus.ts';
import type { Mandate, RiskTolerance } from './mandate.ts';
import type { Method } from './method.ts';
import type { Minutes } from './minutes.ts';
import { type Analysis, choiceOf, type Vote } from './opinions.ts';

/** What each kind of evidence counts: the less risk is tolerated, the more the risk analysts are heard. */
const WEIGHTS: Readonly<Record<RiskTolerance, Readonly<Record<Method['area'], number>>>> = {
  low: { direction: 0.8, risk: 1.3, tactics: 0.7 },
  medium: { direction: 1, risk: 1, tactics: 0.8 },
  high: { direction: 1.2, risk: 0.7, tactics: 1 },
};

/** An analyst's vote: its score as found, weighted by the confidence that is left after the debate. */
export function castVote(
  { agent, score, headline, confidence: first }: Analysis,
  minutes: Minutes,
  { riskTolerance }: Mandate,
  area: Method['area'],
): Vote {
  const heard = minutes.latest('presentation', agent)?.confidence ?? first;
  const confidence = minutes.latest('defence', agent)?.confidence ?? heard;
  const debated =
    Math.abs(confidence - first) < 0.005
      ? ''
      : ` The debate moved its confidence from ${percent(first, 0)} to ${percent(confidence, 0)}.`;
  const weight = round(confidence * WEIGHTS[riskTolerance][area]);
  return {
    kind: 'vote',
    agent,
    choice: choiceOf(score),
    weight,
    confidence: confidenceOf(weight),
    score,
    reason: headline + debated,
  };
}
