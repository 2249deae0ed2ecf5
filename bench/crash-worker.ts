import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { TaskExecutor } from '../src/index.ts';
import { fanOut, workers } from './tasks.ts';

/** The process that W4 kills: starts or goes on with all executions, with steps of 50 ms, and writes down what happened. */
const [data = '', count = '0'] = process.argv.slice(2);
const note = (file: string, line: string): void => appendFileSync(join(data, file), `${line}\n`);

const executor = new TaskExecutor({
  data: join(data, 'state'),
  agents: workers({
    stepMs: 50,
    mark: (kind, execution, step) => note('marks', `${kind} ${execution} ${step}`),
  }),
});
executor.on('step:complete', ({ id, step }) => note('acknowledged', `${id} ${step}`));

await Promise.all(
  Array.from({ length: Number(count) }, async (_, index) => {
    const id = `e${index}`;
    await executor.execute(fanOut, {}, { id });
    note('completed', id);
  }),
);
await executor.close();
