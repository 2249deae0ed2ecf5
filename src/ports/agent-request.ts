import type { ArtifactRef, Json } from '../json.ts';
import type { BallotPaper } from './ballot.ts';
import type { Position } from './event-log.ts';

/** What an agent gets and what comes back; DESIGN section 7. */

export interface AgentRequest {
  readonly execution: string;
  readonly task: { readonly name: string; readonly version: string };
  readonly phase: string;
  readonly step: string;
  /** From 1. */
  readonly attempt: number;
  /** `execution/step`: the same for every attempt. */
  readonly idempotencyKey: string;
  readonly agent: string;
  /** Rendered. */
  readonly instructions: string;
  readonly input: { readonly [key: string]: Json | undefined };
  /** Phase name -> outputs, of the phases this one depends on (directly or not). */
  readonly outputs: { readonly [phase: string]: Json | undefined };
  /** Agent -> output of the steps that ended before this one in the same phase. */
  readonly results: { readonly [agent: string]: Json | undefined };
  /** In a `forEach` phase. */
  readonly item?: Json | undefined;
  /** Why the attempt before this one failed. */
  readonly previousError?: StepError | undefined;
  /** What people answered to what the step asked in an attempt before; without `by` nobody decided. */
  readonly approval?:
    | {
        readonly approved: boolean;
        readonly by?: string | undefined;
        readonly comment?: string | undefined;
        readonly at: number;
      }
    | undefined;
  /** Milliseconds since 1970, when the attempt has a deadline. */
  readonly deadline?: number | undefined;
  readonly artifacts: readonly ArtifactRef[];
  /** Of a compensation: what it is to undo. */
  readonly compensates?: Compensated | undefined;
  /** W3C trace context of this attempt, when the execution was started with one. */
  readonly traceparent?: string | undefined;
  /** Absolute path, when the step has a workspace. */
  readonly workspace?: string | undefined;
  /** Of the step, else of the agent; the host checks the output against it. */
  readonly outputSchema?: { readonly [key: string]: unknown } | undefined;
  /** Where the agent is asked to vote. */
  readonly ballot?: BallotPaper | undefined;
}

/** The run of a step that a compensation undoes. */
export interface Compensated {
  readonly step: string;
  /** As its agent got them. */
  readonly instructions: string;
  readonly input: { readonly [key: string]: Json | undefined };
  /** Absent when it is uncertain. */
  readonly output?: Json | undefined;
  /** No outcome of it was accepted: it may have happened, wholly, in part or never. */
  readonly uncertain?: true | undefined;
}

/** Classes of failure. `fatal` and `refusal` are not retried. */
export const FAILURE_CLASSES = [
  'crash',
  'timeout',
  'invalid-output',
  'refusal',
  'rate-limit',
  'fatal',
] as const;
export type FailureClass = (typeof FAILURE_CLASSES)[number];

export interface StepError {
  readonly class: FailureClass;
  readonly message: string;
  /** More for a person or a retry: schema violations, exit code, signal, last lines. Plain JSON. */
  readonly details?: Json | undefined;
  /** `rate-limit`: not before this many ms from now. */
  readonly retryAfterMs?: number | undefined;
}

export interface Usage {
  readonly tokens?: number | undefined;
  readonly usd?: number | undefined;
  /** Of `tokens`, those of what was asked and of what was answered, where an agent tells them apart. */
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  /** Name of the model that was asked. */
  readonly model?: string | undefined;
}

/** An agent's word that what was done before should be undone; obeyed from roles in the task's `mayRollback`. */
export interface RollbackWish {
  /** Name of a checkpoint; absent: everything. */
  readonly to?: string | undefined;
  readonly reason: string;
}

/** How one attempt ended. `released`: cancelled work is gone (or never began). */
export type AttemptResult =
  | {
      readonly kind: 'succeeded';
      readonly output: Json;
      readonly usage?: Usage | undefined;
      readonly artifacts?: readonly ArtifactRef[] | undefined;
      /** Of a ballot: `vote` of the envelope, and what it is about. */
      readonly vote?: Json | undefined;
      readonly subject?: string | undefined;
      /** Of a sealed ballot that is opened. */
      readonly nonce?: string | undefined;
      readonly rollback?: RollbackWish | undefined;
      readonly durationMs: number;
    }
  /** No end yet: the host holds the vote until the poll is closed. */
  | {
      readonly kind: 'sealed';
      readonly digest: string;
      readonly subject?: string | undefined;
      readonly usage?: Usage | undefined;
    }
  | {
      readonly kind: 'failed';
      readonly error: StepError;
      readonly rollback?: RollbackWish | undefined;
      readonly usage?: Usage | undefined;
      readonly durationMs: number;
    }
  /** The agent asks people, and does nothing until they answer. */
  | {
      readonly kind: 'asked';
      readonly approval: AskedApproval;
      readonly usage?: Usage | undefined;
      readonly durationMs: number;
    }
  | { readonly kind: 'released' };

/** What an agent asks people; who may answer, and what it is about. */
export interface AskedApproval {
  readonly question: string;
  /** Names, and groups of the configuration as `group:NAME`. Absent: anyone. */
  readonly approvers?: readonly string[] | undefined;
  /** Files under the owner's working directory, which the answer is bound to. */
  readonly subject?: { readonly files: readonly string[] } | undefined;
}

/** The record in which a result is written. */
export const RECORD_TYPE_OF = {
  succeeded: 'step.succeeded',
  failed: 'step.failed',
  released: 'claim.released',
  asked: 'step.asked',
  sealed: 'ballot.sealed',
} as const satisfies Record<AttemptResult['kind'], string>;

/**
 * The seat that an outcome frees is for the step that it leads to: of the same execution, for the same role. Whoever owns the execution
 * may claim that step for the host as soon as it has folded the report, instead of offering it.
 */
export interface NextClaim {
  /** Made once, as that of any claim. */
  readonly claimId: string;
  /** sha256, in hex, of a token that the host made and keeps: what tells of the claim need not carry it. */
  readonly tokenDigest: string;
}

export interface AttemptReport {
  /** Id of the record; made once, so that a repeated report is recognised. */
  readonly reportId: string;
  readonly execution: string;
  readonly step: string;
  readonly attempt: number;
  readonly role: string;
  readonly fence: Position;
  readonly token: string;
  /** Who reports, where it is to be told that the report was folded. */
  readonly host?: string | undefined;
  readonly result: AttemptResult;
  /** Asked for with the report, see `ClaimDesk.next`. */
  readonly next?: NextClaim | undefined;
  /** What the attempt wrote to stderr, kept in the artifact store. */
  readonly logs?: ArtifactRef | undefined;
}
