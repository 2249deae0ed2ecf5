import { money } from '../../market/words.ts';
import { fatal } from '../../program/agent-failure.ts';
import type { Answer } from '../../program/run-agent.ts';
import { decide } from '../decide.ts';
import { readMinutes } from '../minutes.ts';

const AGENT = 'chair';

export const chair: Answer = (request, progress) => {
  const minutes = readMinutes(request);
  const opening = minutes.latest('opening');
  const { consensus } = minutes;
  if (opening === undefined)
    throw fatal('The meeting was not opened: no phase before has the output of the secretary');
  if (consensus === undefined)
    throw fatal('There is no tally of votes; a phase before has to end with "aggregate: weighted"');
  const decision = decide({ agent: AGENT, opening, consensus, minutes });
  const { verdict, sizing } = decision;
  progress(
    `${verdict.decision}, ${verdict.conviction} conviction: ${money(sizing.amount)} of ${money(opening.mandate.amount)}`,
  );
  return decision;
};
