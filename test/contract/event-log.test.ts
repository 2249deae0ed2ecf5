import { adapters } from './adapters.ts';
import { eventLogSuite } from './event-log.suite.ts';
import { natsLogAdapter } from './nats.ts';

for (const adapter of [...adapters, natsLogAdapter()]) eventLogSuite(adapter);
