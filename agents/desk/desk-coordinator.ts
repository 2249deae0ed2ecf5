import { readMinutes } from '../committee/minutes.ts';
import { fatal } from '../program/agent-failure.ts';
import { runAgent } from '../program/run-agent.ts';
import { selectAgents } from './select.ts';

const AGENT = 'desk-coordinator';

await runAgent(AGENT, (request) => {
  const question = readMinutes(request).latest('classification');
  if (question === undefined) throw fatal('The question was not classified by a phase before this one');
  return { kind: 'selection', agent: AGENT, selection: selectAgents(question) };
});
