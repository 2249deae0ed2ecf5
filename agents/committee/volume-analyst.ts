import { runAgent } from '../program/run-agent.ts';
import { analyst } from './members/analyst.ts';
import { volume } from './methods/volume.ts';

await runAgent(volume.agent, analyst(volume));
