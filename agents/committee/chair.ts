import { runAgent } from '../program/run-agent.ts';
import { chair } from './members/chair.ts';

await runAgent('chair', chair);
