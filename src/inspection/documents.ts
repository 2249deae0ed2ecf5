import type { ExecutionError, UsageTotals } from '../../machines/ledger.ts';
import type { PendingApproval } from '../engine/pending-approvals.ts';
import type { Pinned } from '../engine/pinned.ts';
import type { PollReport, StepReport } from '../engine/report.ts';
import type { RollbackReport } from '../engine/rollback-report.ts';
import type { Attention } from '../history/attention.ts';
import type { Attempt } from '../history/story.ts';
import type { Json } from '../json.ts';
import type { HostPresence } from '../ports/agent-directory.ts';
import type { LogRecord, Position } from '../ports/event-log.ts';

/**
 * What a person sees of an execution, as data: each document is a function of the log and a position in it. The page makes them in a
 * worker, the command line and the HTTP API in their own process; all from the same functions.
 *
 * Instants are ms since 1970 in the log's time; durations are ms. Absent values are null where a document crosses a wire, undefined never.
 */

/** All that is needed to fold an execution anywhere. Values of agents' `env` are left out. */
export interface ViewSource {
  readonly execution: string;
  readonly pinned: Pinned;
  /** Digest of the whole of what is pinned, as the start record names it. */
  readonly pinnedDigest: string;
  /** Whole, also where the start record has a reference. */
  readonly input: Json;
  /** Of one that was run again: what is kept of the run before, whole. Absent where nothing is, or the record has all of it. */
  readonly kept?: Json | undefined;
}

/** What surrounds an execution now and is in no log: only shown at the end of the log. */
export interface Surroundings {
  /** False when it has not ended and no living process goes on with it. Null: not known. */
  readonly isDriven: boolean | null;
  /** Null: not known. */
  readonly hosts: readonly HostPresence[] | null;
}

/** One position, told in the frame of the page: small, and made at every change. */
export interface Moment {
  readonly position: Position;
  /** Last position of the log as far as it was read, and how many records that are; the slider's scale counts records, from 1. */
  readonly end: Position;
  readonly index: number;
  readonly count: number;
  readonly isLive: boolean;
  /** Time of the record. */
  readonly at: number;
  readonly execution: string;
  readonly task: string;
  readonly version: string;
  /** A state of the execution machine. */
  readonly status: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly degraded: boolean;
  readonly error: ExecutionError | null;
  readonly reason: string | null;
  readonly outputs: Json;
  readonly usage: UsageTotals;
  readonly steps: StepCounts;
  readonly phases: readonly PhaseStanding[];
  readonly checkpoints: readonly {
    readonly name: string;
    readonly position: Position;
    readonly at: number;
  }[];
  readonly approvals: readonly PendingApproval[];
  readonly rollback: RollbackReport | null;
  readonly refused: { readonly [reason: string]: number };
  readonly why: Why;
  /** Whether somebody should look, as in lists. `still`: also when no living process drives it. */
  readonly attention: Attention;
  /** Names of the signals that steps wait for now. */
  readonly signals: readonly string[];
  readonly record: LogRow;
  /** What a person may ask now: kinds of controls that the state takes. Empty in the past. */
  readonly possible: readonly string[];
  /** Of the execution this one was run again from, and from which step. Null when it was not. */
  readonly rerunOf: { readonly execution: string; readonly from: string | null } | null;
}

export interface StepCounts {
  /** Known so far: a `forEach` adds its own when it opens. */
  readonly total: number;
  readonly waiting: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly retrying: number;
}

export interface PhaseStanding {
  readonly name: string;
  /** `pending`, or the state of its actor. */
  readonly status: string;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly steps: StepCounts;
}

/** Why it is where it is, in sentences for a person. */
export interface Why {
  /** `nobody`: ended. `dead`: nothing can move it any more. */
  readonly kind: 'moving' | 'person' | 'waiting' | 'held' | 'dead' | 'nobody';
  /** One line for the status line: `waits for 3 votes (risk, legal, chair)`. */
  readonly headline: string;
  readonly reasons: readonly Reason[];
  /** Deadlines, soonest first: what happens by itself. */
  readonly next: readonly { readonly at: number; readonly what: string }[];
}

export interface Reason {
  /** `Consensus waits for 3 of 5 ballots.` */
  readonly text: string;
  /** Who could send it: `risk-officer (agent, host b)`, `alice`, `troupe signal ID prices`. */
  readonly who: readonly string[];
  readonly since: number | null;
  readonly until: number | null;
  /** What happens then: `If nothing comes, it fails.` Null: nothing. */
  readonly otherwise: string | null;
  /** Something a person should look at: a silent host, nobody offers the role, no living process drives it. */
  readonly isAlarming: boolean;
  /** The run it is about. */
  readonly step: string | null;
}

/** A row of the log. */
export interface LogRow {
  /** From 1. */
  readonly index: number;
  readonly position: Position;
  readonly at: number;
  readonly type: string;
  readonly source: string;
  readonly step: string | null;
  readonly phase: string | null;
  readonly attempt: number | null;
  /** A few words: `claimed by host-b`, `failed: timeout, again in 4 s`. */
  readonly text: string;
  /** Why it changed nothing; null for one that was taken. */
  readonly refusal: string | null;
}

export interface LogFilter {
  readonly types?: readonly string[] | undefined;
  readonly step?: string | undefined;
  readonly text?: string | undefined;
  readonly refused?: boolean | undefined;
}

export interface LogPage {
  readonly total: number;
  readonly offset: number;
  readonly rows: readonly LogRow[];
}

export interface RecordDetail {
  readonly row: LogRow;
  readonly record: LogRecord;
}

/**
 * The timeline, in columns so that 40,000 steps cross to the page without a copy: one row per step in the plan's order, one segment
 * per stretch of its life.
 */
export interface Lanes {
  readonly from: number;
  readonly to: number;
  /** Rows: names and phases are indexes into `names`, so that equal texts are there once. */
  readonly names: readonly string[];
  readonly ids: readonly string[];
  readonly rowPhase: Uint32Array;
  readonly rowTitle: Uint32Array;
  readonly rowStatus: Uint8Array;
  /** Segments of row r: from `firstSegment[r]` to `firstSegment[r + 1]`. */
  readonly firstSegment: Uint32Array;
  readonly segmentKind: Uint8Array;
  readonly segmentAttempt: Uint16Array;
  readonly segmentFrom: Float64Array;
  /** NaN: it goes on. */
  readonly segmentTo: Float64Array;
}

/** What a number in `rowStatus` means. */
export const LANE_STATUS = [
  'pending',
  'waiting',
  'running',
  'succeeded',
  'failed',
  'retrying',
  'person',
  'cancelled',
  'undoing',
  'undone',
] as const;
/** What a number in `segmentKind` means. */
export const SEGMENT_KIND = [
  'waiting',
  'claimed',
  'running',
  'backoff',
  'person',
  'failed',
  'compensating',
] as const;

export interface TaskGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly isCritical: boolean }[];
  /** When it should be over: from history where there is some, else from estimates. Null: nothing to go by, or over. */
  readonly expectedEndAt: number | null;
  readonly expectedBy: 'history' | 'estimates' | null;
}

export interface GraphNode {
  /** `phase:NAME` or `step:RUN`. */
  readonly id: string;
  /** A step's phase node. */
  readonly parent: string | null;
  readonly title: string;
  readonly kind: string;
  readonly agent: string | null;
  /** A word of LANE_STATUS. */
  readonly status: (typeof LANE_STATUS)[number];
  /** The actor's own state. */
  readonly state: string;
  readonly attempts: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly isCritical: boolean;
  /** Of a phase: how many of its steps are in which status, also of those that have no node. */
  readonly counts?: { readonly [S in (typeof LANE_STATUS)[number]]?: number } | undefined;
}

export interface StepDetail {
  readonly id: string;
  /** As in lanes and graph. */
  readonly title: string;
  readonly phase: string;
  readonly status: (typeof LANE_STATUS)[number];
  readonly report: StepReport;
  /** What its agent is given; large values as references. Null until it is known. */
  readonly input: Json;
  readonly attempts: readonly Attempt[];
  readonly why: readonly Reason[];
  readonly ballots: readonly BallotRow[];
  readonly poll: PollReport | null;
  /** Positions of its records, ascending: for `[` and `]`. */
  readonly positions: readonly Position[];
  /** The definition of the step, as pinned. */
  readonly definition: Json;
  /** Id of its actor, when it has one now. */
  readonly actor: string | null;
}

export interface BallotRow {
  readonly round: number;
  readonly voter: string;
  /** `sealed`, `missing`, or what was voted in words. */
  readonly vote: string;
  readonly reason: string | null;
  readonly weight: number;
  readonly at: number | null;
}

export interface ActorNode {
  /** Path from the root: `execution`, `execution/phase-0`, `execution/phase-0/slot-3`. */
  readonly id: string;
  readonly machine: string;
  /** What a person calls it: the phase's name, the step's run. */
  readonly title: string;
  readonly state: string;
  readonly hasEnded: boolean;
  readonly step: string | null;
  readonly children: readonly ActorNode[];
}

/** A machine, drawn from the real one: XState's own description of it. */
export interface MachineChart {
  readonly machine: string;
  readonly initial: string;
  readonly states: readonly {
    readonly id: string;
    readonly tags: readonly string[];
    readonly description: string | null;
  }[];
  readonly transitions: readonly ChartTransition[];
}

export interface ChartTransition {
  /** Unique in the machine. */
  readonly id: string;
  readonly from: string;
  /** Null: it stays where it is. */
  readonly to: string | null;
  readonly event: string;
  readonly guard: string | null;
  readonly actions: readonly string[];
}

/** The actor in its machine, after the record. */
export interface ActorView {
  readonly actor: ActorNode;
  readonly chart: MachineChart;
  readonly state: string;
  /** The transition that the last record which reached the actor had it take, and all of them in order; null when none did. */
  readonly last: {
    readonly transition: string;
    readonly position: Position;
    readonly took: readonly string[];
  } | null;
  /** From the present state. */
  readonly possible: readonly {
    readonly transition: string;
    readonly isEnabled: boolean;
    /** The guard that says no, when it can be known without the event; null: enabled, or it depends on the event. */
    readonly failing: string | null;
  }[];
  readonly context: Json;
}

/**
 * Every record of the log in three columns, however far the position is: what the slider draws, and how instants and positions are found
 * again as indexes. The entry of record `n` is `n - 1`.
 */
export interface Strip {
  readonly positions: Float64Array;
  /** Ms since 1970; never decreases. */
  readonly times: Float64Array;
  readonly kinds: Uint8Array;
  /** Types of records as they first came, and of each record its place among them. */
  readonly types: readonly string[];
  readonly typeOf: Uint8Array;
}

/** What a number in `kinds` means. */
export const STRIP_KIND = ['other', 'work', 'succeeded', 'failed', 'person', 'undoing', 'refused'] as const;
