import { trend } from './methods/trend.ts';
import { runAnalyst } from './run-analyst.ts';

await runAnalyst(trend);
