import { adapters } from './adapters.ts';
import { ownershipSuite } from './ownership.suite.ts';

for (const adapter of adapters) ownershipSuite(adapter);
