import { seasonality } from './methods/seasonality.ts';
import { runAnalyst } from './run-analyst.ts';

await runAnalyst(seasonality);
