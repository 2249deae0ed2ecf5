import { fatal } from '../program/agent-failure.ts';
import { runAgent } from '../program/run-agent.ts';
import { classify } from './classify.ts';

const AGENT = 'question-classifier';

await runAgent(AGENT, ({ input }) => {
  const question = String(input.question ?? '').trim();
  if (question === '') throw fatal('The input question is missing');
  return classify(AGENT, question);
});
