/** Makes `dist/web/`, the page that `troupe up` serves. Says nothing when all is well. */
import { buildWeb } from './web-page.ts';
import { reportFailure } from './report-failure.ts';

try {
  await buildWeb();
} catch (error) {
  reportFailure(error);
}
