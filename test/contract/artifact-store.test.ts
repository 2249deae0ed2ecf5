import { adapters } from './adapters.ts';
import { artifactStoreSuite } from './artifact-store.suite.ts';

for (const adapter of adapters) artifactStoreSuite(adapter);
