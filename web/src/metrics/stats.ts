/** What `/api/stats` tells of a stretch of time. Instants are ms since 1970, durations ms. */
export interface Stats {
  readonly since: number;
  readonly until: number;
  readonly bucketMs: number;
  readonly buckets: readonly Bucket[];
  readonly durations: { readonly count: number; readonly p50: number; readonly p95: number } | null;
  readonly totals: {
    readonly executions: number;
    readonly running: number;
    readonly byStatus: { readonly [status: string]: number };
    readonly tokens: number;
    readonly usd: number;
    readonly workMs: number;
  };
  readonly tasks: readonly TaskStats[];
  readonly agents: readonly AgentStats[];
  readonly failures: readonly {
    readonly class: string;
    readonly count: number;
    readonly agents: readonly { readonly agent: string; readonly count: number }[];
  }[];
  /** False while attempts of older executions are still being counted. */
  readonly isComplete: boolean;
}

export interface Bucket {
  readonly at: number;
  readonly started: number;
  readonly completed: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly aborted: number;
  readonly rolledBack: number;
  readonly usd: number;
  readonly tokens: number;
  readonly p50: number | null;
  readonly p95: number | null;
}

export interface TaskStats {
  readonly task: string;
  readonly executions: number;
  readonly completed: number;
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
  readonly work: Spread | null;
  /** For a host. */
  readonly waits: Spread | null;
}

export interface Spread {
  readonly count: number;
  readonly sumMs: number;
  readonly p50: number;
  readonly p95: number;
}

/** `$0.012`, `$1,204.50`; more places where it is little. */
export function formatUsd(usd: number): string {
  if (usd === 0) return '$0';
  const digits = usd < 0.01 ? 4 : usd < 1 ? 3 : 2;
  return `$${usd.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

/** `940`, `12.4 k`, `349 k`, `3.1 M`. */
export function formatCount(count: number): string {
  if (count < 10_000) return count.toLocaleString('en');
  return count < 1_000_000 ? `${short(count / 1_000)} k` : `${short(count / 1_000_000)} M`;
}

function short(value: number): string {
  return value < 100 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value).toLocaleString('en');
}
