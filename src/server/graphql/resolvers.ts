import { requestInvalid } from '../../errors.ts';
import { readStats } from '../../history/metrics/read-stats.ts';
import { isoTime } from '../../iso-time.ts';
import type { TaskListing } from '../access.ts';
import { agentsNow } from '../agents-now.ts';
import { allApprovals } from '../approvals.ts';
import { findRows } from '../find-rows.ts';
import { rowsOf } from '../rows.ts';
import { approvalNode } from './approval-node.ts';
import { boundedLimit } from './bounded-limit.ts';
import { executionNode, type NodeServices } from './execution-node.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

interface ListArguments {
  readonly status?: readonly string[] | null;
  readonly task?: string | null;
  readonly search?: string | null;
  readonly since?: number | null;
  readonly until?: number | null;
  readonly order: 'NEWEST' | 'ATTENTION';
  readonly offset: number;
  readonly limit: number;
}

interface StatsArguments {
  readonly since?: number | null;
  readonly until?: number | null;
  readonly task?: string | null;
  readonly agent?: string | null;
  readonly buckets: number;
}

/** The fields of `Query`; a new object for each question, so that what it reads twice is read once. */
export function queryFields(services: NodeServices) {
  const { access, states } = services;
  return {
    execution: async ({ id }: { readonly id: string }) => {
      const entry = await states.entryOf(id);
      const [row] = entry === undefined ? [] : await rowsOf(access, [entry]);
      return row === undefined ? null : executionNode(services, row);
    },
    executions: async ({ order, offset, limit, ...query }: ListArguments) => {
      if (offset < 0) throw requestInvalid('offset must not be negative');
      const { executions, total, byStatus } = await findRows(access, {
        status: query.status ?? undefined,
        task: query.task ?? undefined,
        search: query.search ?? undefined,
        since: query.since ?? undefined,
        until: query.until ?? undefined,
        order: order === 'ATTENTION' ? 'attention' : 'newest',
        offset,
        limit: boundedLimit(limit, 200),
      });
      return {
        executions: executions.map((row) => executionNode(services, row)),
        total,
        offset,
        byStatus: Object.entries(byStatus).map(([status, count]) => ({ status, count })),
      };
    },
    approvals: async () => (await allApprovals(access, states)).map(approvalNode),
    agentHosts: async () =>
      (await agentsNow(access, states)).hosts.map(({ startedAt, seenAt, ...host }) => ({
        ...host,
        startedAt: isoTime(startedAt),
        seenAt: isoTime(seenAt),
      })),
    tasks: async () => (await access.tasks()).map((listing) => taskNode(services, listing)),
    task: async ({ name }: { readonly name: string }) => taskNode(services, await access.task(name)),
    stats: async ({ buckets, ...query }: StatsArguments) => {
      const until = query.until ?? access.clock.now();
      const since = query.since ?? until - DAY_MS;
      if (since >= until) throw requestInvalid('since must be before until');
      const all = await readStats(access.history.metrics, {
        since,
        until,
        task: query.task ?? undefined,
        agent: query.agent ?? undefined,
        buckets: boundedLimit(buckets, 500),
      });
      return {
        since: isoTime(all.since),
        until: isoTime(all.until),
        bucketMs: all.bucketMs,
        buckets: all.buckets.map((bucket) => ({ ...bucket, at: isoTime(bucket.at) })),
        all,
      };
    },
  };
}

function taskNode({ access }: NodeServices, listing: TaskListing) {
  let reading: ReturnType<typeof access.task> | undefined;
  const page = () => {
    reading ??= access.task(listing.name);
    return reading;
  };
  return {
    ...listing,
    source: async () => (await page()).source,
    input: async () => (await page()).requirements,
    phases: async () => (await page()).phases,
  };
}
