import { runAgent } from '../program/run-agent.ts';
import { analyst } from './members/analyst.ts';
import { trend } from './methods/trend.ts';

await runAgent(trend.agent, analyst(trend));
