/** `npm run build`: makes `dist/`, which is what the package holds. Says nothing when all is well. */
import { buildPackage } from './build-package.ts';
import { reportFailure } from './report-failure.ts';

try {
  await buildPackage();
} catch (error) {
  reportFailure(error);
}
