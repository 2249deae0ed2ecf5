import { adapters } from './adapters.ts';
import { snapshotStoreSuite } from './snapshot-store.suite.ts';

for (const adapter of adapters) snapshotStoreSuite(adapter);
