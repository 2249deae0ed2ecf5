import { volatility } from './methods/volatility.ts';
import { runAnalyst } from './run-analyst.ts';

await runAnalyst(volatility);
