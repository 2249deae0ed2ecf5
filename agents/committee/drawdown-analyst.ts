import { runAgent } from '../program/run-agent.ts';
import { analyst } from './members/analyst.ts';
import { drawdown } from './methods/drawdown.ts';

await runAgent(drawdown.agent, analyst(drawdown));
