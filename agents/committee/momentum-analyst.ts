import { runAgent } from '../program/run-agent.ts';
import { analyst } from './members/analyst.ts';
import { momentum } from './methods/momentum.ts';

await runAgent(momentum.agent, analyst(momentum));
