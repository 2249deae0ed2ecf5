import type { ArtifactRef, Json } from '../src/json.ts';
import type { RollbackWish, StepError, Usage } from '../src/ports/agent-request.ts';
import type { ApprovalEnded } from './approval.ts';
import type { StepIdentity, StepInput } from './step.ts';

export interface AgentContext extends StepIdentity {
  readonly role: string;
  /** From `firstAttempt`; raised by every offer after the first. */
  readonly attempt: number;
  /** Leases that expired; these attempts do not count against `retry.maxAttempts`. */
  readonly expiries: number;
  /** How often it asked people; these attempts do not count against `retry.maxAttempts` either. Absent: never. */
  readonly asks?: number | undefined;
  readonly claim: Claim | undefined;
  /** Absolute deadline of the present state, ms since 1970; names the timer that is owed. */
  readonly dueAt: number | undefined;
  /** What follows a drained claim. */
  readonly thereafter: 'retry' | 'fail' | 'cancel' | 'complete' | undefined;
  readonly offeredAt: number;
  /** Of a sealed ballot. The key is absent before, and where nothing is sealed. */
  readonly seal?: string;
}

export interface Claim {
  readonly claimId: string;
  readonly host: string;
  /** Position of `step.claimed`. */
  readonly fence: number;
  /** sha256 of the host's token, hex. */
  readonly tokenDigest: string;
  readonly leaseMs: number;
  /** Log time. */
  readonly at: number;
}

/** What every report of a claim's holder carries. */
export interface Report {
  readonly attempt: number;
  readonly fence: number;
  readonly token: string;
  readonly usage?: Usage | undefined;
  readonly logs?: ArtifactRef | undefined;
}

export type AgentEvent =
  | { type: 'claimed'; attempt: number; claimId: string; host: string; tokenDigest: string; leaseMs: number }
  | ({
      type: 'succeeded';
      output: Json;
      artifacts?: readonly ArtifactRef[] | undefined;
      vote?: Json | undefined;
      subject?: string | undefined;
      nonce?: string | undefined;
      rollback?: RollbackWish | undefined;
    } & Report)
  /** The host holds the vote and says its digest. */
  | ({ type: 'sealed'; digest: string } & Report)
  /** The poll is closed: the host is to say the vote. */
  | { type: 'reveal' }
  | ({ type: 'failed'; error: StepError; rollback?: RollbackWish | undefined } & Report)
  | ({ type: 'released' } & Report)
  | ({ type: 'asked'; approval: Asked } & Report)
  | ApprovalEnded
  | { type: 'expired'; attempt: number; fence: number; reason: string }
  | { type: 'answered'; attempt: number; output: Json; artifacts?: readonly ArtifactRef[] | undefined }
  | { type: 'unofferable'; attempt: number; error: StepError }
  | { type: 'completed'; output: Json; by: string }
  | { type: 'timer.fired'; timerId: string }
  | { type: 'shift'; byMs: number }
  | { type: 'cancel' }
  /** The slot's next step, for an actor whose own has ended. */
  | ({ type: 'begin' } & AgentInput);

/** What an agent asks people. */
export interface Asked {
  readonly question: string;
  readonly approvers?: string[] | undefined;
  readonly subject?: { readonly files: string[] } | undefined;
}

export interface AgentInput extends StepInput {
  readonly role: string;
}
