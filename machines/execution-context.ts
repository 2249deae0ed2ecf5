import type { Json } from '../src/json.ts';
import type { ExecutionError, PhaseEnd } from './ledger.ts';
import type { WorldRef } from './world.ts';

export interface ExecutionContext {
  readonly world: WorldRef;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  /** Absolute deadline of the task, ms since 1970. */
  readonly dueAt: number | undefined;
  readonly pausedAt: number | undefined;
  /** Why it was paused or aborted, in a person's words. */
  readonly reason: string | undefined;
  /** Phase -> where it stands, from the root's point of view; absent: its dependencies are not met. */
  readonly phases: { readonly [name: string]: PhaseStanding };
  readonly error: ExecutionError | undefined;
  readonly conclusion: 'done' | 'missing' | 'evaluate' | undefined;
  readonly checkpoints: readonly Checkpoint[];
  /** How often `retry` was asked for; part of timer ids. */
  readonly retries: number;
}

export type PhaseStanding = 'waiting' | 'admitted' | PhaseEnd;

/** A named position of the log. */
export interface Checkpoint {
  readonly name: string;
  readonly position: number;
  readonly phase?: string | undefined;
  readonly at: number;
}

export type ExecutionEvent =
  | { type: 'phase.ended'; name: string; isFinal: boolean }
  | { type: 'pause'; reason?: string | undefined }
  | { type: 'drained' }
  | { type: 'resume' }
  | { type: 'abort'; reason?: string | undefined }
  | { type: 'retry' }
  | { type: 'checkpoint'; name: string }
  | { type: 'budget.exceeded'; error: ExecutionError }
  | { type: 'unfoldable'; error: ExecutionError }
  | { type: 'concluded'; outputs: { readonly [name: string]: Json | undefined } }
  | { type: 'inconclusive'; message: string }
  | { type: 'timer.fired'; timerId: string };

export function executionTimerId(context: Pick<ExecutionContext, 'retries'>, dueAt: number): string {
  return `execution/${context.retries}/${dueAt}`;
}
