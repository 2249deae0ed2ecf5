import { valueAtRisk } from './methods/value-at-risk.ts';
import { runAnalyst } from './run-analyst.ts';

await runAnalyst(valueAtRisk);
