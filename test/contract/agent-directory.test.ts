import { natsServerForFile } from '../fixtures/nats/server.ts';
import { adapters } from './adapters.ts';
import { agentDirectorySuite } from './agent-directory.suite.ts';
import { natsSpaces } from './nats-spaces.ts';

const server = natsServerForFile();

for (const adapter of [...adapters, natsSpaces(server)]) agentDirectorySuite(adapter);
