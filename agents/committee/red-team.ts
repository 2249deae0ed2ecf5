import { runAgent } from '../program/run-agent.ts';
import { redTeam } from './members/red-team.ts';

await runAgent('red-team', redTeam);
