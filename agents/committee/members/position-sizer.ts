import { loadSeries } from '../../market/load.ts';
import type { Answer } from '../../program/run-agent.ts';
import { confidenceOf } from '../consensus.ts';
import { readDuty } from '../duty.ts';
import { inShort } from '../in-short.ts';
import { readMandate } from '../mandate.ts';
import { readMinutes } from '../minutes.ts';
import { choiceOf, type Vote } from '../opinions.ts';
import { limitSize, type SizingLimits, scoreOfSize } from '../sizing-limits.ts';

const AGENT = 'position-sizer';
const WEIGHT = 0.5;

export const positionSizer: Answer = (request, progress) => {
  const spoken = readMinutes(request).latest('sizing-limits');
  const sizing = spoken ?? limitSize(AGENT, loadSeries(request.input), readMandate(request.input));
  if (readDuty(request, ['size', 'vote']) === 'size') {
    progress(sizing.headline);
    return sizing;
  }
  const cast = vote(sizing);
  progress(inShort(cast));
  return cast;
};

/** A size that the risk rules leave small speaks against buying at all. */
function vote({ fraction, headline }: SizingLimits): Vote {
  const score = scoreOfSize(fraction);
  return {
    kind: 'vote',
    agent: AGENT,
    choice: choiceOf(score),
    weight: WEIGHT,
    confidence: confidenceOf(WEIGHT),
    score,
    reason: headline,
  };
}
