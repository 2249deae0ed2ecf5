import type { Sources } from '../../engine/load.ts';
import { executionUnknown } from '../../errors.ts';
import type { HistoryEntry } from '../../history/entry.ts';
import type { Metrics } from '../../history/metrics/read-stats.ts';
import type { HistoryCount, HistoryQuery, HistorySummary } from '../../history/store.ts';
import type { AgentDirectory } from '../../ports/agent-directory.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { LiveFeed } from '../../ports/live-feed.ts';
import type { Store } from '../../ports/store.ts';
import type { CliContext } from '../context.ts';
import { natsOf } from '../nats/target.ts';
import type { StateOptions } from '../options.ts';
import { openFolder } from './folder-state.ts';

/** All executions that a command can see, opened to look and to append controls: no engine, no agents. */
export interface State extends AsyncDisposable {
  /** The store in which one execution is. */
  of(execution: string): ExecutionState;
  /** All of them; each execution is in one. */
  readonly logs: readonly EventLog[];
  readonly directory: Pick<AgentDirectory, 'list'>;
  openHistory(): Promise<StateHistory>;
  /** Of these, none of which has ended, the ones that no living process drives. */
  undriven(executions: readonly string[]): Promise<ReadonlySet<string>>;
  /** The newest execution that has not ended. */
  newestLive(): Promise<string | undefined>;
  close(): Promise<void>;
}

/** One execution's surroundings. */
export interface ExecutionState {
  /** `folder`: a data folder, where commands may take over what nobody drives. `nats`: orchestrators alone drive. */
  readonly kind: 'folder' | 'nats';
  readonly store: Store;
  /** For `loadFold`, `viewExecution`, `sendControl`. */
  readonly sources: Sources;
  /** What agents say while they work, where others than this process hear it. */
  readonly live?: LiveFeed | undefined;
}

export interface OpenExecution extends ExecutionState, AsyncDisposable {
  close(): Promise<void>;
}

/** The executions as lists show them, always as the logs have them. */
export interface StateHistory extends AsyncDisposable {
  list(query: HistoryQuery): Promise<readonly HistoryEntry[]>;
  get(execution: string): Promise<HistoryEntry | undefined>;
  /** As {@link list}, without waiting for more than the newest executions, when many have to be folded first: `behind` says how many are left out. */
  glance(
    query: HistoryQuery,
  ): Promise<{ readonly entries: readonly HistoryEntry[]; readonly behind: number }>;
  /** Of what {@link list} or {@link glance} has seen. */
  count(query: HistoryQuery): Promise<HistoryCount>;
  /** Of what {@link list} has seen. */
  summarise(query: HistoryQuery): Promise<HistorySummary>;
  readonly metrics: Metrics;
}

/** `look`: change nothing. `control`: append controls. `submit`: start executions, in a place made for the purpose if need be. */
export type StateUse = 'look' | 'control' | 'submit';

/** Opens what the options and settings name; undefined where nothing has ever been, and nothing is to be made. */
export async function openState(
  context: CliContext,
  options: StateOptions,
  use: StateUse = 'look',
): Promise<State | undefined> {
  const target = natsOf(context, options);
  if (target === undefined) return openFolder(context, options);
  const { openNatsState } = await import('./nats-state.ts');
  return openNatsState(context, options, target, use);
}

/** The same for a command about one execution. Throws EXECUTION_UNKNOWN when it cannot be there. */
export async function openExecution(
  context: CliContext,
  execution: string,
  options: StateOptions,
  use: StateUse = 'look',
): Promise<OpenExecution> {
  const state = await openState(context, options, use);
  if (state === undefined) throw executionUnknown(execution);
  const close = (): Promise<void> => state.close();
  return { ...state.of(execution), close, [Symbol.asyncDispose]: close };
}
