import { existsSync } from 'node:fs';
import { openSqliteStore } from '../../adapters/sqlite/store.ts';
import type { Fold } from '../../engine/fold.ts';
import { loadFold } from '../../engine/load.ts';
import { Pins } from '../../engine/pins.ts';
import { taskRules } from '../../engine/rules.ts';
import { createHistoryStore } from '../../history/create-store.ts';
import { History } from '../../history/history.ts';
import { Tallies } from '../../history/metrics/tallies.ts';
import type { Store } from '../../ports/store.ts';
import { type CliContext, dataDirOf, loggerOf } from '../context.ts';
import type { StateOptions } from '../options.ts';
import type { ExecutionState, State } from './state.ts';

/** Opens the data folder if there is one. */
export async function openFolder(context: CliContext, options: StateOptions): Promise<State | undefined> {
  return existsSync(dataDirOf(context, options)) ? makeFolder(context, options) : undefined;
}

/** Opens the data folder, which is made when it is missing. */
export async function makeFolder(context: CliContext, options: StateOptions): Promise<State> {
  const dir = dataDirOf(context, options);
  const { clock, random } = context;
  const store = await openSqliteStore({ dir, clock, random, logger: loggerOf(context) });
  return folderState(dir, store, () => store.close());
}

/**
 * The same on a store that is open already.
 *
 * @param close what is to be done with it in the end
 * @param present what an engine of this process has in memory
 */
export function folderState(
  dir: string,
  store: Store,
  close: () => Promise<void>,
  present?: (execution: string) => Fold | undefined,
): State {
  const { log, snapshots, artifacts, directory, ownership, dataId } = store;
  const sources = { log, snapshots, artifacts, pins: new Pins(artifacts), rules: taskRules };
  const state: ExecutionState = { kind: 'folder', store, sources };
  return {
    of: () => state,
    logs: [log],
    directory,
    openHistory: async () => {
      const kept = await createHistoryStore({ data: dir });
      const history = new History({ store: kept, log, logId: dataId, sources, present });
      const metrics = new Tallies({ store: kept, refresh: () => history.refresh(), of: () => sources });
      return {
        list: (query) => history.list(query),
        get: (execution) => history.get(execution),
        glance: async (query) => {
          const behind = await history.refreshNewest();
          return { entries: await kept.list(query), behind };
        },
        count: (query) => kept.count(query),
        summarise: (query) => kept.summarise(query),
        metrics,
        [Symbol.asyncDispose]: async () => {
          await metrics.close();
          await history.close();
        },
      };
    },
    undriven: async (executions) => {
      const orphans = new Set(await ownership.orphans());
      return new Set(executions.filter((execution) => orphans.has(execution)));
    },
    newestLive: async () => {
      for (const { execution } of (await log.executions()).toReversed()) {
        const fold = await loadFold(execution, sources);
        if (fold !== undefined && !fold.hasEnded) return execution;
      }
      return undefined;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
