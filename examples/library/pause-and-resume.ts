// Pauses an execution while an agent works: the attempt ends first, nothing new begins until it is resumed.
import { fileURLToPath } from 'node:url';
import { TaskExecutor } from '../../src/index.ts';

const asked = Promise.withResolvers<void>();
const market = Promise.withResolvers<{ close: number }>();
await using executor = new TaskExecutor({
  tasksDir: fileURLToPath(new URL('./tasks', import.meta.url)),
  data: 'memory',
  agentManager: {
    'market-analyst': () => {
      asked.resolve();
      return market.promise;
    },
    'risk-analyst': () => ({ worstCase: 2000 }),
    chair: () => ({ verdict: 'keep', reasons: 'the trend holds' }),
  },
});
executor.on('execution:pausing', ({ reason }) => {
  console.log(`pausing: ${reason}`);
  market.resolve({ close: 4000 });
});

const execution = executor.execute('position-review', { ticker: 'SPX', amount: 10_000 });
await asked.promise;
await executor.pauseExecution(execution.id, 'the exchange is halted');
for (const { task, status } of executor.getActiveExecutions()) console.log(`${task} is ${status}`);

await executor.resumeExecution(execution.id);
console.log((await execution).verdict);
