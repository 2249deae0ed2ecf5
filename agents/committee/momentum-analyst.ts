import { momentum } from './methods/momentum.ts';
import { runAnalyst } from './run-analyst.ts';

await runAnalyst(momentum);
