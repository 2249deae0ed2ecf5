/** What a process of the fault tests is told, as JSON, in its first argument. */

export interface OrchestratorParameters {
  readonly url: string;
  /** How long a claim holds without a heartbeat. */
  readonly leaseMs: number;
  /** After so long without a sign of life another orchestrator takes over. */
  readonly ownerLeaseMs: number;
  /** It sees no other orchestrator, and none sees it: it drives every partition, whoever else does. */
  readonly isAlone?: boolean | undefined;
}

export interface HostParameters {
  readonly url: string;
  /** Where attempts that begin and end are written down. */
  readonly journal: string;
  /** Attempts at once. */
  readonly concurrency: number;
  /** Default: all. */
  readonly roles?: readonly string[] | undefined;
  /** How long an attempt takes. Default: 5 to 50 ms. */
  readonly workMs?: number | undefined;
  /** It says what it begins. */
  readonly tellsWork?: boolean | undefined;
}

/** What an orchestrator's process says, one JSON document per line. */
export type OrchestratorNews =
  | { readonly type: 'started'; readonly process: string }
  /** It drives these partitions, and has read them to their end. */
  | { readonly type: 'held'; readonly partitions: readonly number[] }
  /** The state in its memory in the moment in which the execution ended. */
  | { readonly type: 'ended'; readonly execution: string; readonly status: string; readonly hash: string };

/** What a host's process says. */
export type HostNews =
  | { readonly type: 'started'; readonly host: string }
  | { readonly type: 'begun'; readonly execution: string; readonly step: string; readonly attempt: number };
