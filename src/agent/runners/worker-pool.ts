import type { AgentDefinition } from '../definition.ts';
import type { Runner } from '../runner.ts';
import { agentEnvironment, type Environment } from './environment.ts';
import { moduleFile } from './module.ts';
import { WorkerThread } from './worker-thread.ts';

/** A thread is ended within its grace, and ending one takes an instant. */
const TERMINATION_ALLOWANCE_MS = 2000;

const HEAP_LIMIT_MB = 512;

interface WorkerSettings {
  readonly environment: Environment;
  readonly cancelGraceMs: number;
  /** Memory of one thread. Default 512. */
  readonly heapLimitMb?: number | undefined;
}

/**
 * Runs the function of a module in worker threads: one per attempt at work, kept for the next attempt. A thread whose function
 * ignores its abort signal is ended.
 */
export function workerRunner(definition: AgentDefinition, settings: WorkerSettings): Runner {
  const idle: WorkerThread[] = [];
  const take = () => {
    for (let thread = idle.pop(); thread !== undefined; thread = idle.pop()) {
      // A thread may fall over between two attempts.
      if (thread.isUsable) return thread;
    }
    return new WorkerThread({
      file: moduleFile(definition),
      environment: agentEnvironment(settings.environment, definition.env),
      graceMs: settings.cancelGraceMs,
      heapLimitMb: settings.heapLimitMb ?? HEAP_LIMIT_MB,
    });
  };
  return {
    abandonAfterMs: settings.cancelGraceMs + TERMINATION_ALLOWANCE_MS,
    async run(request, attempt) {
      const thread = take();
      const outcome = await thread.perform(request, attempt);
      if (thread.isUsable) idle.push(thread);
      return outcome;
    },
    async close() {
      await Promise.all(idle.splice(0).map((thread) => thread.terminate()));
    },
  };
}
