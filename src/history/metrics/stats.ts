import { summariseDurations } from '../durations.ts';
import type { Span } from '../store.ts';
import { type Histogram, type Spread, spreadOf, sumOf } from './durations-histogram.ts';
import type { AgentTally, Tally } from './tally.ts';

export interface StatsQuery {
  /** In ms since 1970; executions that were under way at some time between them. */
  readonly since: number;
  readonly until: number;
  /** Only attempts of this agent; counts of executions are of all. */
  readonly agent?: string | undefined;
  /** How many stretches of equal length. */
  readonly buckets: number;
}

/** Where time and money went, and what failed. Durations in ms, instants in ms since 1970. */
export interface Stats {
  readonly since: number;
  readonly until: number;
  readonly bucketMs: number;
  readonly buckets: readonly StatsBucket[];
  /** Of those that ended in the time. */
  readonly durations: { readonly count: number; readonly p50: number; readonly p95: number } | null;
  readonly totals: {
    readonly executions: number;
    readonly running: number;
    readonly byStatus: { readonly [status: string]: number };
    readonly tokens: number;
    readonly usd: number;
    /** Time of agents at work. */
    readonly workMs: number;
  };
  /** The most expensive first. */
  readonly tasks: readonly TaskStats[];
  /** The busiest first. */
  readonly agents: readonly AgentStats[];
  /** Failed attempts, the most frequent first. */
  readonly failures: readonly FailureStats[];
}

export interface StatsBucket {
  /** When it begins. */
  readonly at: number;
  readonly started: number;
  readonly completed: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly aborted: number;
  readonly rolledBack: number;
  /** Of those that ended in it, by when they ended. */
  readonly usd: number;
  readonly tokens: number;
  readonly p50: number | null;
  readonly p95: number | null;
}

export interface TaskStats {
  readonly task: string;
  readonly executions: number;
  readonly completed: number;
  /** Ended otherwise. */
  readonly failed: number;
  readonly tokens: number;
  readonly usd: number;
  readonly p50: number | null;
  readonly p95: number | null;
}

export interface AgentStats {
  readonly agent: string;
  readonly attempts: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly lost: number;
  readonly tokens: number;
  readonly usd: number;
  readonly busyMs: number;
  /** From claim to report, of attempts that succeeded. */
  readonly work: Spread | null;
  /** From offer to claim. */
  readonly waits: Spread | null;
}

export interface FailureStats {
  readonly class: string;
  readonly count: number;
  readonly agents: readonly { readonly agent: string; readonly count: number }[];
}

const ENDS = ['completed', 'failed', 'timedOut', 'aborted', 'rolledBack'] as const;

/** Pure. */
export function statsOf(spans: readonly Span[], tallies: readonly Tally[], query: StatsQuery): Stats {
  const { since, until } = query;
  const ended = spans.filter(({ endedAt }) => endedAt !== null && endedAt >= since && endedAt < until);
  const durations = spreadOfSpans(ended);
  const byStatus: Record<string, number> = {};
  for (const { status } of spans) byStatus[status] = (byStatus[status] ?? 0) + 1;
  return {
    since,
    until,
    ...bucketsOf(spans, query),
    durations,
    totals: {
      executions: spans.length,
      running: spans.filter(({ endedAt }) => endedAt === null).length,
      byStatus,
      tokens: sum(spans, ({ usage }) => usage.tokens),
      usd: sum(spans, ({ usage }) => usage.usd),
      workMs: sum(spans, ({ usage }) => usage.timeMs),
    },
    tasks: tasksOf(spans),
    agents: agentsOf(tallies, query.agent),
    failures: failuresOf(tallies, query.agent),
  };
}

function bucketsOf(
  spans: readonly Span[],
  { since, until, buckets: count }: StatsQuery,
): Pick<Stats, 'bucketMs' | 'buckets'> {
  const bucketMs = Math.max(1, Math.ceil((until - since) / count));
  const started: number[] = Array.from({ length: count }, () => 0);
  const ended: Span[][] = Array.from({ length: count }, () => []);
  const place = (at: number): number => Math.floor((at - since) / bucketMs);
  for (const span of spans) {
    const from = place(span.startedAt);
    if (span.startedAt < until && started[from] !== undefined) started[from] += 1;
    if (span.endedAt !== null && span.endedAt < until) ended[place(span.endedAt)]?.push(span);
  }
  const buckets = ended.map((those, at): StatsBucket => {
    const counts = ENDS.map((end) => [end, those.filter(({ status }) => status === end).length] as const);
    const durations = spreadOfSpans(those);
    return {
      at: since + at * bucketMs,
      started: started[at] ?? 0,
      ...(Object.fromEntries(counts) as Record<(typeof ENDS)[number], number>),
      usd: sum(those, ({ usage }) => usage.usd),
      tokens: sum(those, ({ usage }) => usage.tokens),
      p50: durations?.p50 ?? null,
      p95: durations?.p95 ?? null,
    };
  });
  return { bucketMs, buckets };
}

function tasksOf(spans: readonly Span[]): readonly TaskStats[] {
  return [...Map.groupBy(spans, ({ task }) => task)]
    .map(([task, those]): TaskStats => {
      const ended = those.filter(({ endedAt }) => endedAt !== null);
      const completed = ended.filter(({ status }) => status === 'completed');
      const durations = spreadOfSpans(ended);
      return {
        task,
        executions: those.length,
        completed: completed.length,
        failed: ended.length - completed.length,
        tokens: sum(those, ({ usage }) => usage.tokens),
        usd: sum(those, ({ usage }) => usage.usd),
        p50: durations?.p50 ?? null,
        p95: durations?.p95 ?? null,
      };
    })
    .sort((one, other) => other.usd - one.usd || other.executions - one.executions);
}

function agentsOf(tallies: readonly Tally[], only: string | undefined): readonly AgentStats[] {
  const byAgent = Map.groupBy(
    tallies.flatMap(({ agents }) => Object.entries(agents)),
    ([agent]) => agent,
  );
  return [...byAgent]
    .filter(([agent]) => only === undefined || agent === only)
    .map(([agent, those]): AgentStats => {
      const counts = those.map(([, tally]) => tally);
      const total = (of: (tally: AgentTally) => number): number => sum(counts, of);
      return {
        agent,
        attempts: total((tally) => tally.attempts),
        succeeded: total((tally) => tally.succeeded),
        failed: total((tally) => tally.failed),
        lost: total((tally) => tally.lost),
        tokens: total((tally) => tally.tokens),
        usd: total((tally) => tally.usd),
        busyMs: total((tally) => tally.busyMs),
        work: spreadOf(sumOf(counts.map(({ work }) => work))),
        waits: spreadOf(sumOf(counts.map(({ waits }) => waits))),
      };
    })
    .sort((one, other) => other.busyMs - one.busyMs || other.attempts - one.attempts);
}

function failuresOf(tallies: readonly Tally[], only: string | undefined): readonly FailureStats[] {
  const failures = tallies
    .flatMap((tally) => tally.failures)
    .filter(({ agent }) => only === undefined || agent === only);
  return [...Map.groupBy(failures, (failure) => failure.class)]
    .map(([failureClass, those]): FailureStats => {
      const agents = [...Map.groupBy(those, ({ agent }) => agent)]
        .map(([agent, own]) => ({ agent, count: sum(own, ({ count }) => count) }))
        .sort((one, other) => other.count - one.count);
      return { class: failureClass, count: sum(those, ({ count }) => count), agents };
    })
    .sort((one, other) => other.count - one.count);
}

/** How long the steps of a task take, by step id: from the first offer of a run to its success. */
export function stepDurationsOf(tallies: readonly Tally[]): { readonly [step: string]: Spread } {
  const bySteps = Map.groupBy(
    tallies.flatMap(({ steps }) => Object.entries(steps)),
    ([step]) => step,
  );
  const spreads = [...bySteps].flatMap(([step, those]) => {
    const spread = spreadOf(sumOf(those.map(([, histogram]): Histogram => histogram)));
    return spread === null ? [] : [[step, spread] as const];
  });
  return Object.fromEntries(spreads);
}

function spreadOfSpans(spans: readonly Span[]): Stats['durations'] {
  const sorted = spans.flatMap(({ durationMs }) => (durationMs === null ? [] : [durationMs]));
  const summary = summariseDurations(sorted.sort((one, other) => one - other));
  return summary === null ? null : { count: summary.count, p50: summary.p50, p95: summary.p95 };
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
