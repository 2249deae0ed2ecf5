import type { AgentRequest, AttemptReport, NextClaim } from './agent-request.ts';
import type { Position } from './event-log.ts';

/**
 * Where hosts talk to the owner of an execution: embedded a direct call, on NATS a request to the partition's owner.
 * Answers come from folded, durable state only.
 */

export interface ClaimRequest {
  readonly execution: string;
  readonly step: string;
  readonly attempt: number;
  readonly role: string;
  /** Made once per take of an offer; asking again with the same id gives the same answer. */
  readonly claimId: string;
  readonly host: string;
}

export type ClaimAnswer =
  | {
      readonly kind: 'granted';
      /** The claim's position in the log; every report carries it. */
      readonly fence: Position;
      /** How long the claim holds without a heartbeat. */
      readonly leaseMs: number;
      /** Proves to the fold that a report comes from the holder; its sha256 is in `step.claimed`. */
      readonly token: string;
      readonly request: AgentRequest;
    }
  | { readonly kind: 'refused'; readonly reason: string };

/** The claim that a report asked for, granted. Its token is the host's own. */
export interface NextGrant {
  readonly kind: 'granted';
  readonly execution: string;
  readonly role: string;
  readonly claimId: string;
  readonly step: string;
  readonly attempt: number;
  readonly fence: Position;
  readonly leaseMs: number;
  readonly request: AgentRequest;
}

export type NextAnswer = NextGrant | { readonly kind: 'refused'; readonly reason: string };

/** A host asks for what nobody told it: the claim that its report asked for. */
export interface NextRequest extends NextClaim {
  readonly execution: string;
  readonly role: string;
  readonly host: string;
  /** The attempt that was reported. */
  readonly after: { readonly step: string; readonly attempt: number; readonly fence: Position };
}

export interface Heartbeat {
  readonly execution: string;
  readonly step: string;
  readonly attempt: number;
  readonly fence: Position;
}

/** `reveal`: tell the sealed vote. `cancel`: stop the work, then report `released`. `unknown`: not the owner, or not read to the end yet; go on. */
export type HeartbeatAnswer = 'ok' | 'cancel' | 'reveal' | 'unknown';

export const REVEAL = 'reveal';

export interface ClaimDesk {
  claim(request: ClaimRequest): Promise<ClaimAnswer>;
  heartbeat(beats: readonly Heartbeat[]): Promise<readonly HeartbeatAnswer[]>;
  /** Appends the report; resolves when it is durable (accepted or refused by the fold). Safe to repeat. */
  report(report: AttemptReport): Promise<void>;
  /**
   * What became of the claim in `report.next`. To be asked in the turn in which the report is sent; rejects when nobody said anything
   * for a while, and then asking again is safe. Where there is no such method, reports ask for nothing.
   */
  next?(report: AttemptReport): Promise<NextAnswer>;
  /**
   * Calls back when a claim is to be cancelled, with why; returns how to stop listening. With {@link REVEAL} as the reason the claim goes
   * on: its sealed vote is to be told.
   */
  onCancel(host: string, listener: (beat: Heartbeat, reason: string) => void): () => void;
}
