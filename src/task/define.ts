import type { Json } from '../json.ts';

/**
 * A task as a program writes it: the same fields as in YAML. Durations are texts (`'5 minutes'`) or milliseconds.
 */
export interface TaskSource {
  readonly name: string;
  readonly description?: string;
  /** semver; `0.0.0` when absent. */
  readonly version?: string;
  readonly maxExecutionTime?: Duration;
  readonly retry?: RetrySource;
  /** Field -> type word (`number`, `string?`) or JSON Schema. */
  readonly requirements?: { readonly [field: string]: string | JsonSchema };
  readonly concurrency?: { readonly phases?: number; readonly steps?: number };
  readonly budget?: { readonly usd?: number; readonly tokens?: number; readonly time?: Duration };
  readonly outputs?: OutputsSource;
  readonly onFailure?: ReactionSource;
  /** Roles whose agents may ask for a rollback. */
  readonly mayRollback?: readonly string[];
  readonly rollback?: {
    /** When a compensation fails for good. Default `stop`; people who approve have it skipped. */
    readonly onFailure?: 'stop' | 'skip' | 'approval' | PeopleSource;
    /** Of compensations that have none of their own. */
    readonly retry?: RetrySource;
    readonly maxRollbacks?: number;
    readonly then?: 'stop' | 'continue';
  };
  /** Files and folders that checkpoints hold the digests of. */
  readonly checkpointArtifacts?: readonly string[];
  readonly phases: readonly PhaseSource[];
}

export interface PhaseSource {
  readonly name: string;
  readonly dependsOn?: readonly string[];
  /** Default true. */
  readonly parallel?: boolean;
  readonly when?: string;
  readonly forEach?: string;
  readonly timeout?: Duration;
  readonly retry?: RetrySource;
  readonly minSuccess?: number | 'all';
  readonly onFailure?: ReactionSource;
  /** Control points: what is watched while the phase works, and what follows. */
  readonly limits?: readonly LimitSource[];
  readonly checkpoint?: boolean | string;
  /** A question to people before the steps: a text, or with its settings. */
  readonly approval?: string | ({ readonly question: string } & ApprovalSettings);
  /** Files and folders that the phase's checkpoint holds the digests of. */
  readonly artifacts?: readonly string[];
  readonly estimate?: Duration;
  readonly agents?: readonly string[];
  /** A vote at the end of the phase's steps. */
  readonly consensus?: PollSource & { readonly method: ConsensusMethod; readonly question?: string };
  readonly steps?: readonly StepSource[];
  readonly outputs?: OutputsSource;
}

/** One of the measures says what is watched. */
export interface LimitSource {
  readonly name?: string;
  readonly duration?: Duration;
  /** USD. */
  readonly cost?: number;
  readonly tokens?: number;
  /** Share of the ended attempts that failed, 0 to 1. */
  readonly failureRate?: number;
  readonly attempts?: number;
  /** CEL over `metrics` and `input`. */
  readonly when?: string;
  /** Default `notify`. */
  readonly then?:
    | 'notify'
    | 'slow'
    | 'pause'
    | 'fail'
    | 'approval'
    | PeopleSource
    | 'rollback'
    | { readonly rollback: string; readonly then?: 'stop' | 'continue' };
}

/** A text is a bullet: plain, or with its kind (`'validation: input.amount > 0'`). */
export type StepSource =
  | string
  | AgentSource
  | PlainSource
  | ValidationSource
  | AggregateSource
  | WaitSource
  | ApprovalSource
  | ConsensusSource
  | CustomSource;

interface StepSettings {
  readonly id?: string;
  readonly estimate?: Duration;
}

interface WorkSettings extends StepSettings {
  readonly timeout?: Duration;
  readonly claimWithin?: Duration;
  readonly retry?: RetrySource;
  readonly outputSchema?: JsonSchema;
  readonly priority?: number;
  readonly input?: { readonly [key: string]: Json };
  /** Take an answer that was given before and is not older than `ttl`; `key`: a template, what the answer depends on. */
  readonly cache?: { readonly ttl: Duration; readonly key?: string };
}

interface EffectSettings {
  readonly effect?: 'none' | 'reversible' | 'compensable' | 'irreversible';
  /** `'AGENT - text'`, or in parts. */
  readonly compensate?: string | CompensationSource;
  /** Why an irreversible step may stand where a rollback could want it undone. */
  readonly acceptIrreversible?: string;
}

export interface CompensationSource {
  /** Default: the step's own. */
  readonly agent?: string;
  readonly instructions?: string;
  readonly input?: { readonly [key: string]: Json };
  readonly timeout?: Duration;
  readonly claimWithin?: Duration;
  readonly retry?: RetrySource;
  readonly outputSchema?: JsonSchema;
}

/** What follows a failure. With `rollback` everything is undone, or what came after a checkpoint. */
export type ReactionSource =
  | 'fail'
  | 'continue'
  | 'rollback'
  | { readonly rollback: string; readonly then?: 'stop' | 'continue' };

/** One step by that agent. */
export interface AgentSource extends WorkSettings, EffectSettings {
  readonly agent: string;
  readonly text?: string;
}

/** One step for each agent of the phase. */
export interface PlainSource extends WorkSettings, EffectSettings {
  readonly text: string;
}

export interface ValidationSource extends StepSettings {
  readonly validation: string;
  readonly message?: string;
}

export interface AggregateSource extends StepSettings {
  readonly aggregate: string;
  /** Options of the aggregate. */
  readonly input?: { readonly [option: string]: Json };
}

export interface WaitSource extends StepSettings {
  readonly wait: string;
  readonly timeout?: Duration;
  readonly schema?: JsonSchema;
}

/** A question to people. */
export interface ApprovalSource extends ApprovalSettings {
  readonly approval: string;
}

export interface ApprovalSettings extends StepSettings {
  /** Names, and groups of the configuration as `group:NAME`. Absent: anyone. */
  readonly approvers?: string | readonly string[];
  /** What is approved: an expression, or files under the working directory. */
  readonly subject?: string | { readonly files: readonly string[] };
  /** With it `onDeadline` has to stand. */
  readonly deadline?: Duration;
  readonly onDeadline?:
    | DeadlineSource
    | { readonly escalate: readonly string[]; readonly within: Duration; readonly then: DeadlineSource };
  readonly remind?: Duration;
  readonly escalate?: { readonly after: Duration; readonly to: string | readonly string[] };
  /** Default true: who may decide may name another. */
  readonly delegation?: boolean;
  readonly onReject?: ReactionSource;
}

/** People decide what is not for a step to ask; `true`: anyone may. */
interface PeopleSource
  extends Pick<ApprovalSettings, 'deadline' | 'onDeadline' | 'remind' | 'escalate' | 'delegation'> {
  readonly approval: string | readonly string[] | true;
}

type DeadlineSource = 'approve' | 'reject' | ReactionSource;

/** `'majority - Shall we ship?'` */
export interface ConsensusSource extends PollSource {
  readonly consensus: string;
}

export type ConsensusMethod =
  | 'majority'
  | 'supermajority'
  | 'unanimous'
  | 'threshold'
  | 'weighted'
  | 'ranked'
  | 'condorcet'
  | 'score'
  | 'agreement';

/** How a vote is held; see docs/consensus.md. */
interface PollSource extends StepSettings {
  /** Agents, and `person:NAME`. Default: the phase's agents. */
  readonly voters?: readonly string[];
  /** Default `approve` and `reject`; a text is CEL that gives the list. */
  readonly choices?: readonly string[] | string;
  readonly weights?: { readonly [voter: string]: number };
  /** `'2/3'`, `'66%'` or 0.66. */
  readonly threshold?: string | number;
  readonly agree?: number;
  readonly of?: readonly string[];
  readonly quorum?: string | number;
  readonly veto?: readonly string[];
  readonly vetoes?: string;
  readonly rounds?: number;
  readonly deadline?: Duration;
  readonly ballots?: 'open' | 'sealed';
  readonly revealWithin?: Duration;
  readonly score?: 'mean' | 'median';
  readonly scale?: { readonly min?: number; readonly max?: number };
  readonly instructions?: string;
  readonly subject?: string | { readonly files: readonly string[] };
  readonly distinct?: 'host' | 'family';
  /** `'fail'`, `'rollback'`, `'approval'` or a choice. */
  readonly onDeadlock?: string | RollbackSource | PeopleSource;
  readonly onDecision?: { readonly [choice: string]: 'fail' | 'continue' | 'rollback' | RollbackSource };
  readonly timeout?: Duration;
  readonly claimWithin?: Duration;
  readonly retry?: RetrySource;
  readonly priority?: number;
  readonly input?: { readonly [key: string]: Json };
}

interface RollbackSource {
  readonly rollback: string;
  readonly then?: 'stop' | 'continue';
}

/** A registered kind: `{ 'custom-analysis': 'text', …parameters }`. */
export interface CustomSource extends StepSettings {
  readonly [kindOrParameter: string]: unknown;
}

export interface RetrySource {
  readonly maxAttempts?: number;
  readonly backoffMs?: number;
  readonly factor?: number;
  readonly maxBackoffMs?: number;
}

/** Texts as in Markdown, maps in parts, or one map of name and expression. */
export type OutputsSource =
  | readonly (
      | string
      | { readonly name: string; readonly expression?: string; readonly description?: string }
    )[]
  | { readonly [name: string]: string | null };

export type Duration = string | number;

interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/**
 * Types a task that is written in TypeScript; the default export of a task file. It returns the same data:
 * definitions are stored with each execution, so functions are registered elsewhere and named here.
 */
export function defineTask<const Source extends TaskSource>(source: Source): Source {
  return source;
}
