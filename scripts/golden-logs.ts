/**
 * `node scripts/golden-logs.ts`: writes the logs of simulated executions, and the states that they fold to, for the present version, into
 * test/fixtures/golden-logs/VERSION. Done once per release: every later version has to fold them to the same states.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import manifest from '../package.json' with { type: 'json' };
import { pinnedOf } from '../test/engine/open-world.ts';
import { runTrial } from '../test/simulation/proof/trial.ts';
import { workloadOf } from '../test/simulation/proof/workload.ts';
import { reportFailure } from './report-failure.ts';

/** Chosen so that between them every type of record and every end is there. */
const SEEDS = Array.from({ length: 16 }, (_, index) => index + 1);

try {
  const folder = join(import.meta.dirname, '../test/fixtures/golden-logs', manifest.version);
  if (existsSync(folder)) throw new Error(`${folder} is there: a release's logs are written once`);
  mkdirSync(folder, { recursive: true });
  for (const seed of SEEDS) {
    const { executions, input } = workloadOf(seed);
    await runTrial({
      seed,
      faults: 'heavy',
      onEnd: async (cluster) => {
        for (const { execution, definition } of executions) {
          const fold = await cluster.fold(execution);
          if (fold === undefined) continue;
          const records = await cluster.records(execution);
          const pinned = pinnedOf(definition);
          const content = { pinned, input, status: fold.status, hash: fold.hash(), records };
          writeFileSync(join(folder, `${seed}-${execution}.json`), `${JSON.stringify(content)}\n`);
        }
      },
    });
  }
} catch (error) {
  reportFailure(error);
}
