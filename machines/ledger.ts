import type { ArtifactRef, Json } from '../src/json.ts';
import type { StepError, Usage } from '../src/ports/agent-request.ts';
import type { RollbackTarget } from '../src/task/definition.ts';
import type { ApprovalStanding, Decision } from './approval-standing.ts';

/**
 * What an execution has produced so far: the part of the folded state that is data and not control. It stands beside the
 * actor tree, not inside the actors' contexts, for two reasons: XState copies a context on every assignment and walks it on
 * every snapshot, so the cost of a record would grow with the outputs; and what agents say must never be mistaken for
 * XState's own marks (an output with the key `xstate$$type` would be replaced on restore).
 */

/** `undone`: it had succeeded, and a rollback took that back. */
export type StepStatus = 'succeeded' | 'failed' | 'cancelled' | 'undone';

/** How a step ended. */
export interface StepResult {
  /** Id of the step's run: the step's id, in a `forEach` phase followed by `_` and the item's number. */
  readonly step: string;
  /** Place in the phase's file order; items count. */
  readonly index: number;
  readonly kind: string;
  readonly agent?: string | undefined;
  readonly status: StepStatus;
  /** Attempts made over all tries of its phase; 0 when it was cancelled before any. */
  readonly attempts: number;
  /** Number of the last attempt, made or only offered; the next try counts on from it. */
  readonly lastAttempt: number;
  readonly output?: Json | undefined;
  /** The output was kept from before; nobody was asked. */
  readonly cached?: true | undefined;
  /** Execution in which it was done: this one was run again from a later step, and nobody was asked. */
  readonly kept?: string | undefined;
  readonly error?: StepError | undefined;
  /** Who finished the step by hand. */
  readonly by?: string | undefined;
  /** Of a ballot. */
  readonly ballot?: BallotMark | undefined;
  readonly logs?: ArtifactRef | undefined;
  readonly artifacts?: readonly ArtifactRef[] | undefined;
  /** Log time when it was first offered, and when it ended; ms since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Position of the record that ended it; since fold version 2. */
  readonly position?: number | undefined;
  /** It ended so that what was done before is to be undone. */
  readonly rollback?: RollbackDemand | undefined;
  /** Its agent asked for a rollback, which it may not: the reason that it gave. */
  readonly refusedRollback?: string | undefined;
}

/** What a ballot's report says beside the output. */
export interface BallotMark {
  readonly host: string;
  /** `vote` of the agent's envelope. */
  readonly vote?: Json | undefined;
  /** Digest of what was voted on. */
  readonly subject?: string | undefined;
}

/** The rounds of a consensus so far, over all tries of its phase. Votes of agents are among the results, under the ballot's run. */
export interface Poll {
  readonly rounds: PollRound[];
  /** What the last count came to: the step's output. */
  decision?: Json | undefined;
  /** What the decision, or that there is none, leads to. */
  rollback?: RollbackDemand | undefined;
}

export interface PollRound {
  readonly openedAt: number;
  /** Rendered or worked out when the round opened, where the file does not say it itself. */
  readonly question?: string | undefined;
  readonly choices?: readonly string[] | undefined;
  /** Digest of what is voted on. */
  readonly subject?: string | undefined;
  closedAt?: number | undefined;
  /** Why its ballots count for nothing. */
  void?: string | undefined;
  /** Ballots of people, in the order in which they came. */
  readonly cast: PersonBallot[];
}

export interface PersonBallot {
  readonly by: string;
  readonly vote: Json;
  readonly at: number;
}

export interface PhaseProduce {
  readonly results: Map<string, StepResult>;
  /** Step -> rounds of its consensus. Absent where nobody votes. */
  polls?: { [step: string]: Poll } | undefined;
  /** The items of `forEach`, once they are known, with the role of each agent step per item. */
  items?: readonly Json[] | undefined;
  /** Step id -> role per item, where the role is a template. */
  roles?: { readonly [step: string]: readonly string[] } | undefined;
  outputs?: { readonly [name: string]: Json | undefined } | undefined;
  summary?: PhaseSummary | undefined;
  /** Only of a phase with limits. */
  metrics?: PhaseMetrics | undefined;
  /** Limits that the phase went beyond, in the order in which it did. */
  deviations?: readonly Deviation[] | undefined;
}

/** What a phase's attempts came to, over all its tries. */
export interface PhaseMetrics {
  usd: number;
  tokens: number;
  /** Claimed. */
  attempts: number;
  succeeded: number;
  failed: number;
}

/** A limit that a phase went beyond. */
export interface Deviation {
  readonly limit: string;
  /** In words, for a person. */
  readonly message: string;
  readonly value: number | boolean;
  /** What follows. */
  readonly reaction: 'notify' | 'slow' | 'pause' | 'fail' | 'approval' | 'rollback';
  /** Log time and position of the record that made it so. */
  readonly at: number;
  readonly position: number;
  /** What people said to it. */
  readonly decision?: Decision | undefined;
}

export type PhaseEnd = 'completed' | 'failed' | 'skipped' | 'cancelled';

/** How a phase ended. */
export interface PhaseSummary {
  readonly status: PhaseEnd;
  /** Completed, but some of its agent steps failed. */
  readonly degraded: boolean;
  readonly startedAt: number | undefined;
  readonly endedAt: number;
  readonly tries: number;
  readonly error?: ExecutionError | undefined;
  /** Position of the record that ended it; since fold version 2. */
  readonly position?: number | undefined;
}

/** Why a phase or an execution failed. */
export interface ExecutionError {
  /** VALIDATION_FAILED, PHASE_FAILED, PHASE_TIMED_OUT, ... */
  readonly code: string;
  readonly message: string;
  readonly phase?: string | undefined;
  readonly step?: string | undefined;
  readonly details?: Json | undefined;
  /** What was done before is to be undone. */
  readonly rollback?: RollbackDemand | undefined;
}

/** That an execution is to undo what it did, and how far. */
export interface RollbackDemand extends RollbackTarget {
  /** Only what this step did. */
  readonly step?: string | undefined;
  /** In words, for whoever asks why. */
  readonly reason: string;
  /** Who asked: a person's name or an agent's; absent: the task itself. */
  readonly by?: string | undefined;
}

/**
 * What a run of a step with `compensate` did or may have done, from its first claim on and until it is undone. How it ended is told
 * by its result: without one that succeeded it is uncertain.
 */
export interface Deed {
  readonly run: string;
  readonly step: string;
  readonly phase: string;
  /** Place in the phase's program. */
  readonly index: number;
  readonly item?: number | undefined;
  /** Which time the run is done, from 1: it rises when it was undone and done again. */
  readonly time: number;
  /** Position of its newest claim. */
  readonly claimedAt: number;
}

/** One rollback, from its demand to its end. */
export interface Rollback {
  /** From 1. */
  readonly number: number;
  /** Name of the checkpoint; absent: everything. */
  readonly to?: string | undefined;
  /** What ended at or before this position of the log stays. */
  readonly position: number;
  /** Only the runs of this step. */
  readonly step?: string | undefined;
  readonly afterwards: 'stop' | 'continue';
  /** It would have gone on, but the task was rolled back so often before (`maxRollbacks`). */
  readonly limited?: true | undefined;
  readonly reason: string;
  readonly by?: string | undefined;
  readonly origin: 'task' | 'agent' | 'person';
  readonly beganAt: number;
  readonly endedAt?: number | undefined;
  /** In the order in which they are undone; absent while claims still drain. */
  readonly plan?: readonly Undoing[] | undefined;
  readonly outcome?: 'undone' | 'failed' | 'aborted' | undefined;
  /** Whether the artifacts are as they were at the checkpoint; absent where nothing was measured. */
  readonly verified?: boolean | undefined;
  readonly differences?: readonly Difference[] | undefined;
  /** Why the artifacts could not be compared. */
  readonly unmeasured?: string | undefined;
}

/** What becomes of one deed in a rollback. */
export interface Undoing {
  /** The run that is undone. */
  readonly step: string;
  readonly time: number;
  /** No outcome of it was accepted: it may have happened, wholly, in part or never. */
  readonly uncertain: boolean;
  /** The run of its compensation. */
  readonly run: string;
  readonly status: 'pending' | 'compensated' | 'failed' | 'skipped';
  readonly error?: string | undefined;
  readonly endedAt?: number | undefined;
  /** What people said when it had failed: a yes has it skipped. */
  readonly decision?: Decision | undefined;
}

/** sha256 of a file by its path; null: there was none. */
export type Digests = { readonly [path: string]: string | null };

/** What the artifacts of a checkpoint were. */
export interface Measure {
  /** Files and folders that were named. */
  readonly paths: readonly string[];
  /** Absent while they are being measured, and when that failed. */
  readonly digests?: Digests | undefined;
  readonly error?: string | undefined;
}

/** What measuring came to. */
export type Measured = Omit<Measure, 'paths'>;

export interface Difference {
  readonly path: string;
  readonly kind: 'changed' | 'missing' | 'new';
  readonly was?: string | undefined;
  readonly is?: string | undefined;
}

/** For the actors' contexts: details hold what agents said, and XState walks a context (see {@link Ledger}). */
export function withoutDetails({ details: _, ...error }: ExecutionError): ExecutionError {
  return error;
}

/** What a person gave as a step's output while an agent still worked on it. */
export interface Completion {
  readonly output: Json;
  readonly by: string;
}

export interface UsageTotals {
  tokens: number;
  usd: number;
  /** Sum of the attempts' durations in ms, as the log saw them: from claim to report. */
  timeMs: number;
}

export interface LedgerJson {
  readonly phases: {
    readonly [phase: string]: {
      readonly results: readonly StepResult[];
      polls?: unknown;
      items?: unknown;
      roles?: unknown;
      metrics?: unknown;
      deviations?: unknown;
      outputs?: unknown;
      summary?: unknown;
    };
  };
  readonly usage: UsageTotals;
  readonly signals: { readonly [name: string]: readonly Json[] };
  readonly lastErrors: { readonly [run: string]: StepError };
  readonly approvals?: { readonly [run: string]: ApprovalStanding } | undefined;
  readonly answers?: { readonly [run: string]: Decision } | undefined;
  readonly completions?: { readonly [run: string]: Completion } | undefined;
  readonly outputs?: { readonly [name: string]: Json | undefined } | undefined;
  readonly deeds?: readonly Deed[];
  readonly times?: { readonly [run: string]: number };
  readonly compensations?: readonly StepResult[];
  readonly rollbacks?: readonly Rollback[];
  readonly measures?: { readonly [position: string]: Measure };
}

/** Signals kept for a wait that has not begun; more of one name are refused. */
const MAX_BUFFERED_SIGNALS = 1000;

export class Ledger {
  readonly phases = new Map<string, PhaseProduce>();
  readonly usage: UsageTotals = { tokens: 0, usd: 0, timeMs: 0 };
  /** Signals that nothing waited for when they came, oldest first. */
  readonly signals = new Map<string, Json[]>();

  /** Why the last attempt of a live step failed. */
  readonly lastErrors = new Map<string, StepError>();
  /** What is asked of people, by the run of the step that asks. */
  readonly approvals = new Map<string, ApprovalStanding>();
  /** What people answered to the agents that asked, by step, until it ends. */
  readonly answers = new Map<string, Decision>();
  /** By step, until its claim is drained. */
  readonly completions = new Map<string, Completion>();
  /** The execution's own outputs, once it completes. */
  outputs: { readonly [name: string]: Json | undefined } | undefined;

  /** What is not undone yet, by run. */
  readonly deeds = new Map<string, Deed>();
  /** How often a run was undone. */
  readonly times = new Map<string, number>();
  /** How compensations ended, by their run. */
  readonly compensations = new Map<string, StepResult>();
  /** Oldest first. */
  readonly rollbacks: Rollback[] = [];
  /** Artifacts of checkpoints, by the checkpoint's position. */
  readonly measures = new Map<number, Measure>();

  phase(name: string): PhaseProduce {
    let produce = this.phases.get(name);
    if (produce === undefined) {
      produce = { results: new Map() };
      this.phases.set(name, produce);
    }
    return produce;
  }

  addUsage(usage: Usage | undefined, timeMs: number): void {
    this.usage.tokens += usage?.tokens ?? 0;
    this.usage.usd += usage?.usd ?? 0;
    this.usage.timeMs += timeMs;
  }

  /** Counts an attempt that ended, where somebody watches the phase. */
  measure(phase: string, usage: Usage | undefined, outcome: 'succeeded' | 'failed' | undefined): void {
    const metrics = this.phases.get(phase)?.metrics;
    if (metrics === undefined) return;
    metrics.usd += usage?.usd ?? 0;
    metrics.tokens += usage?.tokens ?? 0;
    if (outcome !== undefined) metrics[outcome] += 1;
  }

  /** A run that can be undone was claimed. */
  noteClaim(deed: Omit<Deed, 'time'>): void {
    this.deeds.set(deed.run, { ...deed, time: (this.times.get(deed.run) ?? 0) + 1 });
  }

  /** Nothing of the run is left to be undone. */
  forgetDeed({ run, time }: Deed): void {
    this.deeds.delete(run);
    this.times.set(run, time);
  }

  /** The rollback that is under way, or was last. */
  get rollback(): Rollback | undefined {
    return this.rollbacks.at(-1);
  }

  changeRollback(number: number, change: Partial<Rollback>): void {
    const rollback = this.rollbacks[number - 1];
    if (rollback !== undefined) this.rollbacks[number - 1] = { ...rollback, ...change };
  }

  /** Keeps a signal for later; false when too many of the name are kept already. */
  bufferSignal(name: string, payload: Json): boolean {
    const kept = this.signals.get(name) ?? [];
    if (kept.length >= MAX_BUFFERED_SIGNALS) return false;
    kept.push(payload);
    this.signals.set(name, kept);
    return true;
  }

  /** The oldest kept signal of the name that fits, taken out. */
  takeSignal(name: string, fits: (payload: Json) => boolean): { payload: Json } | undefined {
    const kept = this.signals.get(name);
    const at = kept?.findIndex(fits) ?? -1;
    if (kept === undefined || at < 0) return undefined;
    const [payload] = kept.splice(at, 1);
    if (kept.length === 0) this.signals.delete(name);
    return { payload: payload ?? null };
  }

  toJSON(): LedgerJson {
    const phases = [...this.phases].map(
      ([name, { results, ...rest }]) => [name, { results: [...results.values()], ...rest }] as const,
    );
    const signals = [...this.signals].map(([name, kept]) => [name, [...kept]] as const);
    return {
      phases: Object.fromEntries(phases),
      usage: { ...this.usage },
      signals: Object.fromEntries(signals),
      lastErrors: Object.fromEntries(this.lastErrors),
      // Absent where they are not used: states of before hash as they did.
      ...(this.approvals.size === 0 ? {} : { approvals: Object.fromEntries(this.approvals) }),
      ...(this.answers.size === 0 ? {} : { answers: Object.fromEntries(this.answers) }),
      ...(this.completions.size === 0 ? {} : { completions: Object.fromEntries(this.completions) }),
      outputs: this.outputs,
      ...this.#undoingJson(),
    };
  }

  /** Keys of what nothing uses stay out, so that states of executions without a rollback read as they always did. */
  #undoingJson(): Partial<LedgerJson> {
    const { deeds, times, compensations, rollbacks, measures } = this;
    return {
      ...(deeds.size === 0 ? {} : { deeds: [...deeds.values()] }),
      ...(times.size === 0 ? {} : { times: Object.fromEntries(times) }),
      ...(compensations.size === 0 ? {} : { compensations: [...compensations.values()] }),
      ...(rollbacks.length === 0 ? {} : { rollbacks: [...rollbacks] }),
      ...(measures.size === 0 ? {} : { measures: Object.fromEntries(measures) }),
    };
  }

  static fromJSON(json: LedgerJson): Ledger {
    const ledger = new Ledger();
    for (const [name, { results, ...rest }] of Object.entries(json.phases)) {
      const produce = ledger.phase(name);
      for (const result of results) produce.results.set(result.step, result);
      Object.assign(produce, rest);
    }
    Object.assign(ledger.usage, json.usage);
    for (const [name, payloads] of Object.entries(json.signals)) ledger.signals.set(name, [...payloads]);
    for (const [run, error] of Object.entries(json.lastErrors)) ledger.lastErrors.set(run, error);
    for (const [run, standing] of Object.entries(json.approvals ?? {})) ledger.approvals.set(run, standing);
    for (const [run, answer] of Object.entries(json.answers ?? {})) ledger.answers.set(run, answer);
    for (const [run, given] of Object.entries(json.completions ?? {})) ledger.completions.set(run, given);
    ledger.outputs = json.outputs;
    for (const deed of json.deeds ?? []) ledger.deeds.set(deed.run, deed);
    for (const [run, times] of Object.entries(json.times ?? {})) ledger.times.set(run, times);
    for (const result of json.compensations ?? []) ledger.compensations.set(result.step, result);
    ledger.rollbacks.push(...(json.rollbacks ?? []));
    for (const [position, measure] of Object.entries(json.measures ?? {}))
      ledger.measures.set(Number(position), measure);
    return ledger;
  }
}
