import { runAgent } from '../program/run-agent.ts';
import { positionSizer } from './members/position-sizer.ts';

await runAgent('position-sizer', positionSizer);
