import { runAgent } from '../program/run-agent.ts';
import { analyst } from './members/analyst.ts';
import { volatility } from './methods/volatility.ts';

await runAgent(volatility.agent, analyst(volatility));
