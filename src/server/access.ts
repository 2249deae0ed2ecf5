import type { Fold } from '../engine/fold.ts';
import type { Sources } from '../engine/load.ts';
import type { EngineWatcher } from '../engine/watchers.ts';
import type { HistoryEntry } from '../history/entry.ts';
import type { Metrics } from '../history/metrics/read-stats.ts';
import type { HistoryCount, HistoryQuery, HistorySummary } from '../history/store.ts';
import type { Json } from '../json.ts';
import type { Control } from '../library/controls.ts';
import type { RerunRequest } from '../library/rerun.ts';
import type { HostPresence } from '../ports/agent-directory.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { LiveProgress } from '../ports/live-feed.ts';
import type { Ownership } from '../ports/ownership.ts';
import type { Random } from '../ports/random.ts';
import type { WorkingFiles } from '../ports/working-files.ts';
import type { SimulationPlace } from './simulations/job.ts';

/**
 * What the server needs of the place that it serves: a data folder beside the engine that drives it, or a namespace on NATS. The
 * command line supplies it; nothing here knows of commands.
 */
export interface ServerAccess {
  readonly about: About;
  readonly clock: Clock;
  readonly random: Pick<Random, 'id'>;
  readonly logger: ServerLogger;
  /** One execution's surroundings, whether it exists or not. */
  of(execution: string): ExecutionAccess;
  /** The state as this process has it in memory, when it drives the execution and it is awake. */
  present(execution: string): Fold | undefined;
  readonly history: HistoryAccess;
  /** All logs; an execution is in one of them. */
  readonly logs: readonly EventLog[];
  /** Of these, none of which has ended, the ones that no living process drives. */
  undriven(executions: readonly string[]): Promise<ReadonlySet<string>>;
  /** Agent hosts of living processes. */
  hosts(): Promise<readonly HostPresence[]>;
  /** Hears what agents say while they work. @returns how to stop listening */
  listen(execution: string, listener: (progress: LiveProgress) => void): () => void;
  /** Hears of every record of the executions that this process drives, as it folds them. @returns how to stop watching */
  watch(watcher: EngineWatcher): () => void;
  /** Asks something of an execution. Throws what `sendControl` throws. */
  send(execution: string, control: Control): Promise<SentControl>;
  /** Starts an execution. Throws TASK_UNKNOWN, INPUT_INVALID, EXECUTION_EXISTS, … */
  start(request: StartExecution): Promise<{ readonly execution: string; readonly isNew: boolean }>;
  /**
   * Runs an execution again, as a new one. Throws EXECUTION_UNKNOWN, STEP_UNKNOWN, RERUN_NOT_POSSIBLE, INPUT_INVALID,
   * EXECUTION_ID_INVALID, EXECUTION_EXISTS.
   */
  rerun(execution: string, request: RerunExecution): Promise<RerunBegun>;
  /** The document of `troupe show --json`, and where it stands and why; undefined when there is no such execution. */
  report(execution: string): Promise<{ readonly [key: string]: unknown } | undefined>;
  /** The report as Markdown; undefined when there is no such execution. */
  markdown(execution: string): Promise<string | undefined>;
  tasks(): Promise<readonly TaskListing[]>;
  /** By the name of its definition or of its file. Throws TASK_UNKNOWN. */
  task(name: string): Promise<TaskPage>;
  /** Its file. Throws TASK_UNKNOWN. */
  taskFile(name: string): Promise<string>;
  /** Where simulated tasks find their agents. */
  readonly simulationPlace: SimulationPlace;
  agents(): Promise<readonly AgentListing[]>;
  /** Files that people approve, in the working directory. */
  readonly files: WorkingFiles;
  /** A file as it was committed last before a time (ms since 1970); undefined where no history of it is kept. */
  fileAt(path: string, at: number): Promise<Uint8Array | undefined>;
  /** Resolves when the store or the server answers; else throws. */
  ready(): Promise<void>;
}

export interface About {
  readonly version: string;
  readonly namespace: string;
  readonly place: 'folder' | 'nats';
  /** When the process began to serve, ms since 1970. */
  readonly startedAt: number;
  /** In whose name the page speaks unless it says otherwise; null when that is not known. */
  readonly user: string | null;
}

/** Where an operator is told what a caller is not. A pino logger fits. */
export interface ServerLogger {
  debug(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface ExecutionAccess {
  readonly log: EventLog;
  readonly sources: Sources;
  readonly ownership: Pick<Ownership, 'ownerOf'>;
}

/** The executions as lists show them, as the logs have them. */
export interface HistoryAccess {
  list(query: HistoryQuery): Promise<readonly HistoryEntry[]>;
  /** The same without waiting for more than the newest when many have to be folded first; `behind`: how many are left out. */
  glance(
    query: HistoryQuery,
  ): Promise<{ readonly entries: readonly HistoryEntry[]; readonly behind: number }>;
  /** Of what {@link list} or {@link glance} has seen. */
  count(query: HistoryQuery): Promise<HistoryCount>;
  summarise(query: HistoryQuery): Promise<HistorySummary>;
  readonly metrics: Metrics;
  get(execution: string): Promise<HistoryEntry | undefined>;
}

export interface SentControl {
  readonly execution: string;
  readonly accepted: boolean;
  /** Why it changed nothing. */
  readonly reason?: string | undefined;
  /** Of the record. */
  readonly position: number;
  /** Of the execution, with the control in it. */
  readonly status: string;
  /** The living process that acts on it; null: none. */
  readonly owner: { readonly process: string; readonly pid: number; readonly hostname: string } | null;
}

export interface StartExecution {
  readonly task: string;
  readonly input: { readonly [field: string]: unknown };
  /** Default: a fresh one. */
  readonly id?: string | undefined;
  readonly traceparent?: string | undefined;
}

export interface RerunExecution extends RerunRequest {
  /** Of the new execution. Default: a fresh one. */
  readonly id?: string | undefined;
  readonly traceparent?: string | undefined;
}

export interface RerunBegun {
  readonly execution: string;
  readonly isNew: boolean;
  /** Runs whose results are kept. */
  readonly kept: readonly string[];
}

export interface TaskListing {
  readonly name: string;
  readonly version: string | null;
  readonly description: string | null;
  /** As `troupe tasks` shows it. */
  readonly file: string;
  readonly isShipped: boolean;
  readonly isValid: boolean;
  /** How many errors the file has. */
  readonly errors: number;
}

export interface TaskPage extends TaskListing {
  /** The file's text. */
  readonly source: string;
  readonly requirements: readonly TaskField[];
  readonly phases: readonly {
    readonly name: string;
    readonly dependsOn: readonly string[];
    readonly steps: readonly { readonly id: string; readonly kind: string; readonly agent: string | null }[];
  }[];
  readonly problems: readonly {
    readonly severity: string;
    readonly code: string;
    readonly message: string;
    readonly line: number | null;
    readonly hint: string | null;
  }[];
}

/** A field of the input, for a form. */
export interface TaskField {
  readonly field: string;
  readonly type: string;
  readonly required: boolean;
  readonly default?: Json | undefined;
  readonly description?: string | undefined;
  readonly choices?: readonly Json[] | undefined;
  /** The whole JSON Schema. */
  readonly schema: Json;
}

export interface AgentListing {
  readonly name: string;
  readonly file: string;
  readonly isValid: boolean;
  readonly description: string | null;
  readonly runner: string | null;
  readonly concurrency: number | null;
}
