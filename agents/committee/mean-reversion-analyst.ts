import { runAgent } from '../program/run-agent.ts';
import { analyst } from './members/analyst.ts';
import { meanReversion } from './methods/mean-reversion.ts';

await runAgent(meanReversion.agent, analyst(meanReversion));
