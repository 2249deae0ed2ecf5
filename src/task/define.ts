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
  readonly onFailure?: 'fail' | 'continue';
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
  readonly onFailure?: 'fail' | 'continue';
  readonly checkpoint?: boolean | string;
  readonly estimate?: Duration;
  readonly agents?: readonly string[];
  /** A vote at the end of the phase's steps. */
  readonly consensus?: PollSource & { readonly method: ConsensusMethod; readonly question?: string };
  readonly steps?: readonly StepSource[];
  readonly outputs?: OutputsSource;
}

/** A text is a bullet: plain, or with its kind (`'validation: input.amount > 0'`). */
export type StepSource =
  | string
  | AgentSource
  | PlainSource
  | ValidationSource
  | AggregateSource
  | WaitSource
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

/** One step by that agent. */
export interface AgentSource extends WorkSettings {
  readonly agent: string;
  readonly text?: string;
}

/** One step for each agent of the phase. */
export interface PlainSource extends WorkSettings {
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
  readonly onDeadlock?: string | RollbackSource;
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
