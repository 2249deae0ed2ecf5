/**
 * `npm test`: the system tools, lint, types, unused code, then the tests.
 * `npm test -- ARGS`: the system tools, then vitest with ARGS only, as in `npm test -- test/task/duration.test.ts`
 * or `npm test -- --coverage`.
 */
import { runStaticChecks, runTests } from './checks.ts';
import { reportFailure } from './report-failure.ts';
import { ensureSystemTools } from './system-tools.ts';

try {
  const args = process.argv.slice(2);
  // One waits for the network, the other for the processor.
  await Promise.all([ensureSystemTools(), args.length === 0 ? runStaticChecks() : undefined]);
  await runTests(args);
} catch (error) {
  reportFailure(error);
}
