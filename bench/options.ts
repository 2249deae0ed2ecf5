/** What a workload is asked to do; each has its own defaults. */
export interface BenchOptions {
  readonly data: string;
  readonly engine: 'embedded' | 'nats';
  readonly executions: number | undefined;
  readonly concurrency: number | undefined;
  readonly runs: number;
}
