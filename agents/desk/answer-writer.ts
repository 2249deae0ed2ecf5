import { readMinutes } from '../committee/minutes.ts';
import { fatal } from '../program/agent-failure.ts';
import { runAgent } from '../program/run-agent.ts';
import { writeAnswer } from './answer.ts';

const AGENT = 'answer-writer';

await runAgent(AGENT, (request) => {
  const minutes = readMinutes(request);
  const question = minutes.latest('classification');
  const analyses = minutes.all('analysis');
  if (question === undefined) throw fatal('The question was not classified by a phase before this one');
  if (analyses.length === 0) throw fatal('There is no analysis to answer from');
  return writeAnswer(AGENT, question, { analyses, sizing: minutes.latest('sizing-limits') });
});
