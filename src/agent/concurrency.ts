import { availableParallelism } from 'node:os';

/** Processes cost memory and start-up time, and often wait for something: a few, whatever the machine. */
const COMMAND_CONCURRENCY = 4;

/** Functions share the event loop: waiting ones cost nothing, computing ones queue up anyway. */
const IN_PROCESS_CONCURRENCY = 64;

/**
 * How many attempts of one agent a host runs at once when nothing else is said: 4 for a command, 64 for a function or a
 * module in the host's process, the number of cores for a module in worker threads.
 */
export function defaultConcurrency(kind: 'command' | 'in-process' | 'worker'): number {
  switch (kind) {
    case 'command':
      return COMMAND_CONCURRENCY;
    case 'in-process':
      return IN_PROCESS_CONCURRENCY;
    case 'worker':
      return availableParallelism();
  }
}
