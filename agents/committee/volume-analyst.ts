import { volume } from './methods/volume.ts';
import { runAnalyst } from './run-analyst.ts';

await runAnalyst(volume);
