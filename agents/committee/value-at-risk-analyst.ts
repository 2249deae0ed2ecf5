import { runAgent } from '../program/run-agent.ts';
import { analyst } from './members/analyst.ts';
import { valueAtRisk } from './methods/value-at-risk.ts';

await runAgent(valueAtRisk.agent, analyst(valueAtRisk));
