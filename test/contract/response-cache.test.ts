import { natsServerForFile } from '../fixtures/nats/server.ts';
import { adapters } from './adapters.ts';
import { natsSpaces } from './nats-spaces.ts';
import { responseCacheSuite } from './response-cache.suite.ts';

const server = natsServerForFile();

for (const adapter of [...adapters, natsSpaces(server)]) responseCacheSuite(adapter);
