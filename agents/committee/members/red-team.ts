import { loadSeries } from '../../market/load.ts';
import { clamp, mean, round } from '../../market/statistics.ts';
import { count, signedPercent } from '../../market/words.ts';
import { fatal } from '../../program/agent-failure.ts';
import type { Answer } from '../../program/run-agent.ts';
import { attack } from '../attack.ts';
import { confidenceOf } from '../consensus.ts';
import { readDuty } from '../duty.ts';
import { inShort } from '../in-short.ts';
import { readMandate } from '../mandate.ts';
import { type Minutes, readMinutes } from '../minutes.ts';
import { type Attack, choiceOf, type Vote } from '../opinions.ts';

const AGENT = 'red-team';
/** One voice among ten: it has no view of its own on the market. */
const WEIGHT = 0.5;

export const redTeam: Answer = (request, progress) => {
  const minutes = readMinutes(request);
  if (readDuty(request, ['attack', 'vote']) === 'vote') {
    const cast = vote(minutes);
    progress(inShort(cast));
    return cast;
  }
  const analyses = minutes.all('analysis');
  if (analyses.length === 0)
    throw fatal('There is no analysis to attack; a phase before this one has to ask the analysts');
  const series = loadSeries(request.input);
  progress(`replaying the methods of ${count(analyses.length, 'analyst')} over the past`);
  const found = attack(AGENT, analyses, series, readMandate(request.input));
  progress(found.headline);
  return found;
};

/** Which side lost more of its confidence in the debate, and how the days most like this one ended. */
function vote(minutes: Minutes): Vote {
  const attacked = minutes.latest('attack');
  if (attacked === undefined) throw fatal('There was no debate to vote on');
  const { bulls, bears } = lossesOf(minutes);
  const outlook = outlookOf(attacked);
  const score = round(clamp(0.5 * clamp((bears - bulls) / 0.5) + 0.5 * clamp(outlook / 0.03)));
  return {
    kind: 'vote',
    agent: AGENT,
    choice: choiceOf(score),
    weight: WEIGHT,
    confidence: confidenceOf(WEIGHT),
    score,
    reason: `The debate cost those for buying ${bulls.toFixed(2)} of confidence and those against ${bears.toFixed(2)}; days like this one were followed by ${signedPercent(outlook)} on average.`,
  };
}

/** Confidence lost between round table and debate, by side. */
function lossesOf(minutes: Minutes): { bulls: number; bears: number } {
  const lost = { bulls: 0, bears: 0 };
  for (const { agent, confidence, score } of minutes.all('presentation')) {
    const after = minutes.latest('defence', agent)?.confidence ?? confidence;
    if (score > 0) lost.bulls += confidence - after;
    if (score < 0) lost.bears += confidence - after;
  }
  return lost;
}

function outlookOf({ analogues }: Attack): number {
  return analogues.length === 0 ? 0 : mean(analogues.map((analogue) => analogue.return));
}
