import type { Series } from '../market/series.ts';
import { round } from '../market/statistics.ts';
import type { Mandate } from './mandate.ts';
import type { Method } from './method.ts';
import type { Minutes } from './minutes.ts';
import { type Analysis, type Challenge, choiceOf, type Defence, sideOf } from './opinions.ts';

/** All of an analyst's lengths made a fifth shorter and a quarter longer. */
const STRETCHES = [0.8, 1.25] as const;

/**
 * An analyst answers the red team. It contests what it can: a view that stays the same when every length of the method is changed is
 * not an accident of the lengths. Against strong counter-evidence that is no answer, and it concedes. A conceded challenge costs its
 * whole factor, a contested one the square root.
 */
export function defend({
  method,
  analysis,
  series,
  mandate,
  minutes,
}: {
  method: Method;
  analysis: Analysis;
  series: Series;
  mandate: Mandate;
  minutes: Minutes;
}): Defence {
  const challenges = minutes.latest('attack')?.challenges.filter(({ agent }) => agent === method.agent) ?? [];
  const before = minutes.latest('presentation', method.agent)?.confidence ?? analysis.confidence;
  const scores =
    challenges.length === 0 ? [] : STRETCHES.map((stretch) => method.score(series, mandate, stretch));
  const robust = scores.every((score) => sideOf(choiceOf(score)) === sideOf(analysis.stance));
  const shown = `${STRETCHES.map((stretch) => `${stretch * 100} %`).join(' and ')} of its lengths give ${scores.map((score) => score.toFixed(2)).join(' and ')} instead of ${analysis.score.toFixed(2)}`;
  let confidence = before;
  const replies = challenges.map(({ id, severity, confidenceFactor }) => {
    const contested = robust && severity !== 'high';
    confidence *= contested ? Math.sqrt(confidenceFactor) : confidenceFactor;
    return {
      challenge: id,
      response: contested ? ('contest' as const) : ('concede' as const),
      why: explain(robust, severity, shown),
    };
  });
  return { kind: 'defence', agent: method.agent, confidence: round(confidence), replies };
}

function explain(robust: boolean, severity: Challenge['severity'], shown: string): string {
  if (!robust) return `The view depends on the lengths of the method: ${shown}.`;
  if (severity === 'high')
    return `Other lengths give the same view (${shown}), but the counter-evidence stands.`;
  return `Other lengths give the same view: ${shown}.`;
}
