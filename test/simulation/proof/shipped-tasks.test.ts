import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { prepareTask } from '../../../src/library/prepare-task.ts';
import { performAs } from '../../../src/simulation/agents/perform-as.ts';
import { readAgentScripts } from '../../../src/simulation/agents/read-scripts.ts';
import { Cluster } from '../../../src/simulation/cluster/cluster.ts';
import { checkInput } from '../../../src/task/requirements.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SCRIPTS = join(ROOT, 'examples/simulation');

/** Every task that ships, with what its examples ask. */
const TASKS = [
  {
    name: 'investment-committee-meeting',
    input: parse(readFileSync(join(SCRIPTS, 'mandate.yaml'), 'utf8')),
  },
  { name: 'daily-market-analysis', input: { question: 'How much could I lose?' } },
];

describe.each(TASKS)('$name', ({ name, input: given }) => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'ends under the faults of seed %i, and nothing is found',
    async (seed) => {
      const { pinned, definition } = await prepareTask(name, { cwd: ROOT });
      const { agents } = await readAgentScripts(join(SCRIPTS, `${name}.yaml`));
      const { input } = checkInput(definition, given);
      await using cluster = new Cluster({
        seed,
        faults: 'heavy',
        faultWindowMs: 120_000,
        agents: (clock) => [...agents].map(([role, script]) => performAs(role, script, { clock, seed })),
      });
      await cluster.start({ execution: 'x', pinned, input });
      await cluster.rest();
      // A power failure may have taken the start with it: whoever started it does so again.
      if ((await cluster.fold('x')) === undefined) await cluster.start({ execution: 'x', pinned, input });
      await cluster.rest();
      expect(cluster.finish()).toEqual([]);
      expect((await cluster.fold('x'))?.hasEnded).toBe(true);
    },
  );
});
