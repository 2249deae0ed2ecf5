import type { HistoryStore } from '../store.ts';
import type { Spread } from './durations-histogram.ts';
import { type Stats, type StatsQuery, statsOf, stepDurationsOf } from './stats.ts';

/** What metrics are read from: a history, of one log or of several. */
export interface Metrics extends Pick<HistoryStore, 'spans' | 'tallies'> {
  /**
   * Counts the attempts of executions that are not counted yet, the newest first. Resolves when all are. Calls at the same time share the work.
   * @param onCounted called after every few dozen
   */
  tally(onCounted?: () => void): Promise<void>;
}

/** So many executions at most are looked at, the newest of those that are asked for. */
const MOST_EXECUTIONS = 20_000;

export interface ReadStats extends Stats {
  /** False while attempts of older executions are still being counted: agents and failures will be more. */
  readonly isComplete: boolean;
}

/** Waits for the newest executions only when there are many whose attempts were not counted before; the others are counted meanwhile. */
export async function readStats(
  metrics: Metrics,
  { task, ...query }: StatsQuery & { readonly task?: string | undefined },
): Promise<ReadStats> {
  const isComplete = await countNewest(metrics);
  const range = { task, since: query.since, until: query.until, limit: MOST_EXECUTIONS };
  const [spans, tallies] = await Promise.all([metrics.spans(range), metrics.tallies(range)]);
  return { ...statsOf(spans, tallies, query), isComplete };
}

/** So many of the newest executions of a task say how long its steps take. */
const OF_TASK = 100;

/** How long a task and its steps take, from its newest executions. */
export interface TaskDurations {
  readonly executions: number;
  /** From the first offer of a step's run to its success, by step id. */
  readonly steps: { readonly [step: string]: Spread };
}

export async function readTaskDurations(metrics: Metrics, task: string): Promise<TaskDurations> {
  await countNewest(metrics);
  const tallies = await metrics.tallies({ task, limit: OF_TASK });
  return { executions: tallies.length, steps: stepDurationsOf(tallies) };
}

/** False when there are more to count. */
async function countNewest(metrics: Metrics): Promise<boolean> {
  const { promise: someCounted, resolve } = Promise.withResolvers<false>();
  const allCounted = metrics.tally(() => resolve(false)).then(() => true);
  // What fails after an answer was given is told at the next question.
  allCounted.catch(() => undefined);
  return Promise.race([allCounted, someCounted]);
}
