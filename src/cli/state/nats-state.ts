import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NatsSpace } from '../../adapters/nats/space.ts';
import { Pins } from '../../engine/pins.ts';
import { taskRules } from '../../engine/rules.ts';
import { createHistoryStore } from '../../history/create-store.ts';
import { History } from '../../history/history.ts';
import { Tallies } from '../../history/metrics/tallies.ts';
import type { HistoryStore } from '../../history/store.ts';
import { type CliContext, dataDirOf, loggerOf } from '../context.ts';
import { type OpenSpace, openSpace, ownServerDir } from '../nats/open-space.ts';
import type { NatsTarget } from '../nats/target.ts';
import type { StateOptions } from '../options.ts';
import type { ExecutionState, State, StateHistory, StateUse } from './state.ts';

/** Opens a namespace; undefined where it would be on the project's own server and that never ran. */
export async function openNatsState(
  context: CliContext,
  options: StateOptions,
  target: NatsTarget,
  use: StateUse,
): Promise<State | undefined> {
  const isMissing = target.url === 'auto' && !existsSync(ownServerDir(context, options));
  if (isMissing && use !== 'submit') return undefined;
  return natsState(context, options, await openSpace(context, options, target, use));
}

/** An open namespace as a state, which closes it. */
export function natsState(
  context: CliContext,
  options: StateOptions,
  { space, close }: Pick<OpenSpace, 'space' | 'close'>,
): State {
  const of = executionsOf(space);
  const openHistory = (): Promise<StateHistory> => openNatsHistory(context, options, space);
  return {
    of,
    logs: Array.from({ length: space.partitions }, (_, partition) => space.logOf(partition)),
    directory: space.directory,
    openHistory,
    undriven: async (executions) => {
      const owners = await Promise.all(
        executions.map((execution) => of(execution).store.ownership.ownerOf(execution)),
      );
      return new Set(executions.filter((_, at) => owners[at] === undefined));
    },
    newestLive: async () => {
      await using history = await openHistory();
      return (await history.list({ status: LIVE, limit: 1 }))[0]?.id;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const LIVE = ['running', 'pausing', 'paused', 'suspended'];

/** What is pinned is read once for all executions that share it. */
function executionsOf(space: NatsSpace): (execution: string) => ExecutionState {
  const { snapshots, artifacts, live } = space;
  const pins = new Pins(artifacts);
  return (execution) => {
    const log = space.logOf(space.partitionOf(execution));
    const sources = { log, snapshots, artifacts, pins, rules: taskRules };
    return { kind: 'nats', store: space.storeOf(execution), sources, live };
  };
}

/** One history of all partitions, kept in the data folder as far as it has been read. */
async function openNatsHistory(
  context: CliContext,
  options: StateOptions,
  space: NatsSpace,
): Promise<StateHistory> {
  const { snapshots, artifacts } = space;
  const store = await openCache(context, join(dataDirOf(context, options), `nats-${space.id}`));
  const pins = new Pins(artifacts);
  const parts = Array.from({ length: space.partitions }, (_, partition) => {
    const log = space.logOf(partition);
    const sources = { log, snapshots, artifacts, pins, rules: taskRules };
    return new History({ store, log, logId: `${space.id}/${partition}`, sources });
  });
  const refresh = async (): Promise<void> => {
    await Promise.all(parts.map((part) => part.refresh()));
  };
  const of = executionsOf(space);
  const metrics = new Tallies({ store, refresh, of: (execution) => of(execution).sources });
  return {
    list: async (query) => {
      await Promise.all(parts.map((part) => part.refresh()));
      return store.list(query);
    },
    get: async (execution) => {
      await parts[space.partitionOf(execution)]?.refresh();
      return store.get(execution);
    },
    glance: async (query) => {
      const behind = await Promise.all(parts.map((part) => part.refreshNewest()));
      return { entries: await store.list(query), behind: behind.reduce((sum, left) => sum + left, 0) };
    },
    count: (query) => store.count(query),
    summarise: (query) => store.summarise(query),
    metrics,
    [Symbol.asyncDispose]: async () => {
      await metrics.close();
      await Promise.all(parts.map((part) => part.close()));
    },
  };
}

/** Where nothing can be kept, all is read each time. */
async function openCache(context: CliContext, data: string): Promise<HistoryStore> {
  try {
    return await createHistoryStore({ data });
  } catch (error) {
    loggerOf(context).debug({ err: error, data }, 'the history cannot be kept here');
    return createHistoryStore({ data: 'memory' });
  }
}
