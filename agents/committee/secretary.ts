import { runAgent } from '../program/run-agent.ts';
import { secretary } from './members/secretary.ts';

await runAgent('committee-secretary', secretary);
