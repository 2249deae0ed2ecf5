import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    alias: [{ find: /^fast-check$/, replacement: join(import.meta.dirname, 'test/properties.ts') }],
  },
  test: {
    include: ['test/**/*.test.ts', 'examples/testing/*.test.ts'],
    // Processes, not threads: tests open SQLite files, change folders and start process groups.
    pool: 'forks',
    // Many wait more than they work: for processes that start, leases that run out, servers that come back.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    // A bound for what hangs, far above what any test takes; no test relies on it. Some start a dozen processes one after the
    // other, 12 s on two idle cores, and as much longer as other work on the machine makes each start.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'machines/**/*.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
      thresholds: { lines: 90, statements: 90, functions: 90, branches: 80 },
    },
  },
});
