// Adds a kind of step. The same task can be written as a file (`- moving-average: of the last closes`) or in code.
import { defineTask, TaskExecutor } from '../../src/index.ts';

const task = defineTask({
  name: 'smooth',
  version: '1.0.0',
  requirements: { closes: { type: 'array', items: { type: 'number' } } },
  phases: [
    {
      name: 'Smooth',
      steps: [{ 'moving-average': 'of the last closes', window: 2 }],
    },
  ],
});

await using executor = new TaskExecutor({ data: 'memory' });
executor.registerStepStrategy('moving-average', (step, phase, context) => {
  const { closes } = context.input as { readonly closes: readonly number[] };
  const window = Number(step.parameters.window);
  const last = closes.slice(-window);
  return { phase: phase.name, average: last.reduce((sum, close) => sum + close, 0) / window };
});

const result = await executor.execute(task, { closes: [10, 12, 14] });
console.log(JSON.stringify(result.outputs));
