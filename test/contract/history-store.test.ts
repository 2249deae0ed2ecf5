import { onTestFinished } from 'vitest';
import { createHistoryStore } from '../../src/history/create-store.ts';
import { temporaryFolder } from './adapters.ts';
import { historyStoreSuite } from './history-store.suite.ts';

historyStoreSuite('memory', () => createHistoryStore({ data: 'memory' }));
historyStoreSuite('sqlite', async () => {
  const history = await createHistoryStore({ data: temporaryFolder() });
  onTestFinished(() => history.close());
  return history;
});
