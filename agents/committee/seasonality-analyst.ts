import { runAgent } from '../program/run-agent.ts';
import { analyst } from './members/analyst.ts';
import { seasonality } from './methods/seasonality.ts';

await runAgent(seasonality.agent, analyst(seasonality));
