// Leaves an execution half-way and goes on with it, as a second process would after a crash of the first. What was accepted is
// not done again.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TaskExecutor } from '../../src/index.ts';

const data = mkdtempSync(join(tmpdir(), 'troupe-example-'));
const tasksDir = fileURLToPath(new URL('./tasks', import.meta.url));
const input = { ticker: 'SPX', amount: 10_000 };

const chairIsAsked = Promise.withResolvers<void>();
const first = new TaskExecutor({
  tasksDir,
  data,
  agentManager: {
    query: (agentId, _instructions, _request, { signal }) => {
      console.log(`first: ${agentId}`);
      if (agentId !== 'chair') return `what ${agentId} found`;
      chairIsAsked.resolve();
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  },
});
first.execute('position-review', input, { id: 'review-1' }).catch((error) => console.log(error.code));
await chairIsAsked.promise;
await first.close();

const second = new TaskExecutor({
  tasksDir,
  data,
  agentManager: {
    query: (agentId, _instructions, { outputs }) => {
      console.log(`second: ${agentId}`);
      return { verdict: 'keep', reasons: outputs.Assess ?? null };
    },
  },
});
const result = await second.execute('position-review', input, { id: 'review-1' });
console.log(result.verdict, JSON.stringify(result.reasons));
await second.close();
rmSync(data, { recursive: true });
