// Follows an execution by its events; the compiler knows the fields of each.
import { fileURLToPath } from 'node:url';
import { TaskExecutor } from '../../src/index.ts';

await using executor = new TaskExecutor({
  tasksDir: fileURLToPath(new URL('./tasks', import.meta.url)),
  data: 'memory',
  agentManager: { query: (agentId) => ({ verdict: 'keep', reasons: `${agentId} says so` }) },
});

executor.on('execution:start', ({ task }) => console.log(`${task} started`));
executor.on('phase:start', ({ phase }) => console.log(`${phase}: running`));
executor.on('phase:complete', ({ phase }) => console.log(`${phase}: completed`));
executor.on('phase:failed', ({ phase, error }) => console.log(`${phase}: ${error}`));
executor.on('execution:complete', ({ outputs }) => console.log(`completed with ${outputs.verdict}`));

await executor.execute('position-review', { ticker: 'SPX', amount: 10_000 });
