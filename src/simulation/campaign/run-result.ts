import type { PhaseSpan } from '../../inspection/critical-path.ts';
import type { Json } from '../../json.ts';
import type { Standstill } from '../deadlock.ts';

/** What came of one simulated run. Times are in ms since the run began. */
export interface RunResult {
  readonly seed: number;
  readonly outcome: RunOutcome;
  readonly error: RunError | null;
  /** Until it ended, or until nothing moved any more. */
  readonly durationMs: number;
  readonly usd: number;
  readonly tokens: number;
  readonly phases: readonly RunPhase[];
  readonly attempts: readonly RunAttempt[];
  /** Runs of steps that ended or were at work, of any kind, in the order in which they ended. */
  readonly steps: readonly RunStep[];
  readonly outputs: { readonly [name: string]: Json | undefined };
  /** What stood in its way, where it stood still; also where only a deadline ended that. */
  readonly standstill: Standstill | null;
  /** What the checker of invariants found, in words. */
  readonly findings: readonly string[];
}

/** A status of the execution; `deadlock` and `waiting` as {@link Standstill.kind}; `endless` when the limit of steps was reached. */
export type RunOutcome =
  | 'completed'
  | 'failed'
  | 'timedOut'
  | 'aborted'
  | 'rolledBack'
  | 'suspended'
  | 'deadlock'
  | 'waiting'
  | 'endless';

export interface RunError {
  readonly code: string;
  readonly message: string;
  readonly phase?: string | undefined;
  readonly step?: string | undefined;
}

export interface RunPhase extends PhaseSpan {
  /** As in a report: `pending`, `completed`, `failed`, `skipped`, … */
  readonly status: string;
  readonly degraded: boolean;
  /** Of a skipped phase: the values that its `when` saw. */
  readonly saw?: { readonly [path: string]: Json } | undefined;
}

export interface RunStep {
  /** Id of the run; in a `forEach` phase that of an item. */
  readonly run: string;
  /** Id in the file. */
  readonly step: string;
  readonly phase: string;
  readonly status: string;
  /** Of what an agent answered; null for every other kind, and where it did not. */
  readonly answer: string | null;
  readonly endedAt: number;
}

/** One claim. */
export interface RunAttempt {
  readonly step: string;
  readonly phase: string;
  readonly role: string;
  readonly host: string;
  readonly attempt: number;
  /** From the offer to the claim; null where the offer's time is not known (a later attempt). */
  readonly queuedMs: number | null;
  readonly claimedAt: number;
  readonly endedAt: number;
}
