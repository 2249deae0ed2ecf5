import type { Json } from '../src/json.ts';
import type { ExecutionError, Measured, PhaseEnd, Rollback } from './ledger.ts';
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
  /** Positions of checkpoints whose artifacts are being measured; absent when there is none. */
  readonly measuring?: readonly number[] | undefined;
  /** Number of the rollback that is under way or stopped before its end. */
  readonly rollback?: number | undefined;
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
  | { type: 'abort'; reason?: string | undefined; rollback?: boolean | undefined; by?: string | undefined }
  | ({ type: 'rollback' } & RollbackRequest)
  | { type: 'rollback.drained' }
  | { type: 'rollback.ended'; number: number; outcome: RollbackOutcome }
  | { type: 'measured'; position: number; result: Measured }
  | { type: 'retry' }
  | { type: 'checkpoint'; name: string }
  | { type: 'budget.exceeded'; error: ExecutionError }
  | { type: 'unfoldable'; error: ExecutionError }
  | { type: 'concluded'; outputs: { readonly [name: string]: Json | undefined } }
  | { type: 'inconclusive'; message: string }
  | { type: 'timer.fired'; timerId: string };

/** What a person says who wants something undone. */
export interface RollbackRequest {
  readonly to?: string | undefined;
  readonly step?: string | undefined;
  readonly afterwards?: 'stop' | 'continue' | undefined;
  readonly reason?: string | undefined;
  readonly by?: string | undefined;
}

export type RollbackOutcome = NonNullable<Rollback['outcome']>;

export function executionTimerId(context: Pick<ExecutionContext, 'retries'>, dueAt: number): string {
  return `execution/${context.retries}/${dueAt}`;
}
