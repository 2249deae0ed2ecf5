import { drawdown } from './methods/drawdown.ts';
import { runAnalyst } from './run-analyst.ts';

await runAnalyst(drawdown);
