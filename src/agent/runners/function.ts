import { callFunction } from '../call-function.ts';
import type { AgentFunction } from '../define.ts';
import type { Runner } from '../runner.ts';

/** Runs a function in the host's process. It cannot be killed: one that ignores its signal is left to itself. */
export function functionRunner(run: AgentFunction, cancelGraceMs: number): Runner {
  return {
    abandonAfterMs: cancelGraceMs,
    run: (request, attempt) => callFunction(run, request, attempt),
  };
}
