import { adapters } from './adapters.ts';
import { agentDirectorySuite } from './agent-directory.suite.ts';

for (const adapter of adapters) agentDirectorySuite(adapter);
