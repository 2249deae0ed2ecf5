import { runAgent } from '../program/run-agent.ts';
import { complianceOfficer } from './members/compliance-officer.ts';

await runAgent('compliance-officer', complianceOfficer);
