import { natsServerForFile } from '../fixtures/nats/server.ts';
import { adapters } from './adapters.ts';
import { natsSpaces } from './nats-spaces.ts';
import { snapshotStoreSuite } from './snapshot-store.suite.ts';

const server = natsServerForFile();

for (const adapter of [...adapters, natsSpaces(server)]) snapshotStoreSuite(adapter);
