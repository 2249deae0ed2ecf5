import { meanReversion } from './methods/mean-reversion.ts';
import { runAnalyst } from './run-analyst.ts';

await runAnalyst(meanReversion);
