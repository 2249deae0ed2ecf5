import { InProcessWorkQueue } from '../../src/adapters/memory/work-queue.ts';
import { workQueueSuite } from './work-queue.suite.ts';

workQueueSuite('in one process', () => new InProcessWorkQueue());
