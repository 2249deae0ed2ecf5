import { onTestFinished } from 'vitest';
import { defineAgent, type FunctionAgent } from '../../src/agent/define.ts';
import type { Pinned } from '../../src/engine/pinned.ts';
import { createHistoryStore } from '../../src/history/create-store.ts';
import { History } from '../../src/history/history.ts';
import type { HistoryStore } from '../../src/history/store.ts';
import { Embedded } from '../../src/library/embedded.ts';
import { agentStep, phase, task, wait } from '../fixtures/executions/definitions.ts';

const worker = defineAgent({ name: 'worker', run: ({ step }) => ({ by: step }) });

/** An engine on a data folder; its one agent, `worker`, succeeds. */
export async function openEngine(
  data = 'memory',
  functions: readonly FunctionAgent[] = [worker],
): Promise<Embedded> {
  const embedded = await Embedded.open({ data, functions });
  onTestFinished(() => embedded.close());
  return embedded;
}

export async function openHistory(
  { engine, store }: Embedded,
  data = 'memory',
): Promise<{ history: History; kept: HistoryStore }> {
  const kept = await createHistoryStore({ data });
  onTestFinished(() => kept.close());
  const history = new History({ store: kept, log: store.log, logId: store.dataId, sources: engine.sources });
  return { history, kept };
}

/** One step by `worker`. */
export const short: Pinned = pinned(task([phase('a', [agentStep('s')])], { name: 'short' }));

/** Waits for the signal `go` for ever. */
export const waiting: Pinned = pinned(task([phase('a', [wait('w')])], { name: 'waiting' }));

function pinned(definition: Pinned['definition']): Pinned {
  return { definition, agents: { worker: { name: 'worker' } } };
}
