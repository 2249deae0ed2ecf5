/** `npm run test:package`: the package, installed in an empty folder, does what a new user asks of it first. */

import { tryPackage } from './package-trial.ts';
import { reportFailure } from './report-failure.ts';

try {
  await tryPackage();
} catch (error) {
  reportFailure(error);
}
