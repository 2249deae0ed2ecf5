/** `npm run verify`: every check there is, the slow ones too. What passes it may be released. */
import { runStaticChecks, runTests } from './checks.ts';
import { tryPackage } from './package-trial.ts';
import { reportFailure } from './report-failure.ts';
import { ensureSystemTools } from './system-tools.ts';

try {
  await ensureSystemTools();
  await runStaticChecks();
  await runTests(['--coverage']);
  process.stdout.write('\n> package: build, pack, install in an empty folder, use\n');
  await tryPackage();
} catch (error) {
  reportFailure(error);
}
