import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** They start processes and servers, fill disks, cut networks: each has a process to itself. */
const APART = [
  'test/{agents,browser,conformance,end-to-end,examples,faults,fuzz}/**/*.test.ts',
  'test/library/processes.test.ts',
  'examples/testing/*.test.ts',
];

const shared = {
  resolve: {
    alias: [{ find: /^fast-check$/, replacement: join(import.meta.dirname, 'test/properties.ts') }],
  },
};

const settings = {
  // Processes, not threads: tests open SQLite files, change folders and start process groups.
  pool: 'forks' as const,
  // A bound for what hangs, far above what any test takes; no test relies on it. Some start a dozen processes one after the
  // other, 12 s on two idle cores, and as much longer as other work on the machine makes each start.
  testTimeout: 120_000,
  hookTimeout: 120_000,
};

export default defineConfig({
  test: {
    // Many wait more than they work: for processes that start, leases that run out, servers that come back.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    projects: [
      { ...shared, test: { ...settings, name: 'apart', include: APART } },
      {
        ...shared,
        test: {
          ...settings,
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: APART,
          // What they import is read once for many files; a third of their time went there.
          isolate: false,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'machines/**/*.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
      thresholds: { lines: 90, statements: 90, functions: 90, branches: 80 },
    },
  },
});
