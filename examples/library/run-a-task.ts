// Runs a task file with agents that are functions of this program. In a program of your own: import from 'troupe'.
import { fileURLToPath } from 'node:url';
import { TaskExecutor } from '../../src/index.ts';

const executor = new TaskExecutor({
  tasksDir: fileURLToPath(new URL('./tasks', import.meta.url)),
  data: 'memory',
  agentManager: {
    'market-analyst': () => ({ trend: 'up' }),
    'risk-analyst': ({ input }) => ({ worstCase: Number(input.amount) * 0.2 }),
    // Agents get what the phases before theirs gave, by the phases' names.
    chair: ({ outputs }) => ({ verdict: 'keep', reasons: outputs.Assess ?? null }),
  },
});

const result = await executor.execute('position-review', { ticker: 'SPX', amount: 10_000 });
console.log(result.verdict);
console.log(JSON.stringify(result.reasons));
await executor.close();
