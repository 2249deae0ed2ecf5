import { systemClock } from '../adapters/system/clock.ts';
import { systemRandom } from '../adapters/system/random.ts';
import type { StepStrategy } from '../engine/evaluate.ts';
import type { LifecycleEvent } from '../engine/lifecycle.ts';
import { createHistoryStore } from '../history/create-store.ts';
import { History } from '../history/history.ts';
import { HistoryRecorder } from '../history/recorder.ts';
import type { HistoryStore } from '../history/store.ts';
import { createNotifier } from '../notify/notifier.ts';
import type { AggregateRegistry } from '../task/aggregate.ts';
import { ActiveExecutions } from './active-executions.ts';
import { Embedded } from './embedded.ts';
import { Executions } from './executions.ts';
import type { ExecutorSettings } from './executor-options.ts';
import type { ProcessHold } from './process-hold.ts';

export interface RuntimeOptions extends ExecutorSettings {
  readonly strategies: ReadonlyMap<string, StepStrategy>;
  readonly aggregates: AggregateRegistry;
  /** Hears all that happens. */
  readonly tell: (event: LifecycleEvent) => void;
  readonly hold: ProcessHold;
}

/** What an executor opens when it is first used: the engine on its data folder, and the history. */
export interface ExecutorRuntime {
  readonly embedded: Embedded;
  readonly executions: Executions;
  readonly active: ActiveExecutions;
  readonly history: History;
  readonly hold: ProcessHold;
  /** Ends the engine, see {@link Embedded.close}; what is waited for rejects with EXECUTOR_CLOSED. */
  close(options: { readonly drain: boolean }): Promise<void>;
}

/** Throws the storage errors of the catalogue. */
export async function openRuntime(options: RuntimeOptions): Promise<ExecutorRuntime> {
  const { data, functions, managed, strategies, aggregates, logger, leaseMs, notify, tell, hold } = options;
  const telling = { targets: notify, clock: systemClock, env: process.env, cwd: options.cwd, logger };
  const embedded = await Embedded.open({
    data,
    functions: functions.values(),
    fallback: (role) => managed.get(role),
    strategies,
    aggregates,
    logger,
    leaseMs,
    notifier: notify.length === 0 ? undefined : createNotifier(telling),
  });
  const historyStore = options.historyStore ?? (await openHistory(embedded, data));
  const { engine, store } = embedded;
  const closed = new AbortController();
  const recorder = new HistoryRecorder({ engine, store: historyStore, clock: systemClock, logger });
  const active = new ActiveExecutions({ present: (execution) => engine.present(execution), hold });
  engine.listen((event) => active.hear(event), { steps: false });
  engine.listen(tell);
  const waiting = { closed: closed.signal, clock: systemClock, random: systemRandom };
  return {
    embedded,
    executions: new Executions({ engine, store, active, tell, ...waiting }),
    active,
    hold,
    history: new History({
      store: historyStore,
      log: store.log,
      logId: store.dataId,
      sources: engine.sources,
    }),
    close: async ({ drain }) => {
      if (!drain) closed.abort();
      try {
        await embedded.close({ drain });
        await recorder.stop();
        if (options.historyStore === undefined) await historyStore.close();
      } finally {
        closed.abort();
        active.clear();
      }
    },
  };
}

async function openHistory(embedded: Embedded, data: string): Promise<HistoryStore> {
  try {
    return await createHistoryStore({ data });
  } catch (error) {
    await embedded.close();
    throw error;
  }
}
