import { loadSeries } from '../../market/load.ts';
import type { Answer } from '../../program/run-agent.ts';
import { readDuty } from '../duty.ts';
import { readMandate } from '../mandate.ts';
import { readMinutes } from '../minutes.ts';
import { choiceOf, type Vote } from '../opinions.ts';
import { limitSize, type SizingLimits, scoreOfSize } from '../sizing-limits.ts';

const AGENT = 'position-sizer';

export const positionSizer: Answer = (request) => {
  const spoken = readMinutes(request).latest('sizing-limits');
  const sizing = spoken ?? limitSize(AGENT, loadSeries(request.input), readMandate(request.input));
  return readDuty(request, ['size', 'vote']) === 'vote' ? vote(sizing) : sizing;
};

/** A size that the risk rules leave small speaks against buying at all. */
function vote({ fraction, headline }: SizingLimits): Vote {
  const score = scoreOfSize(fraction);
  return { kind: 'vote', agent: AGENT, choice: choiceOf(score), weight: 0.5, score, reason: headline };
}
