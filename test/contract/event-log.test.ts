import { adapters } from './adapters.ts';
import { eventLogSuite } from './event-log.suite.ts';

for (const adapter of adapters) eventLogSuite(adapter);
