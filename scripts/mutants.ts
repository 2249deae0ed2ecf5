/**
 * `npm run mutants [-- --seeds N] [--only TEXT] [--processes N]`: plants every known bug and prints which seed finds it, as what. Fails
 * when one is not found within N seeds (default 500).
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { huntAll } from '../test/simulation/proof/hunts.ts';
import type { Hunt } from '../test/simulation/proof/mutant-process.ts';
import { MUTANTS, type Mutant } from '../test/simulation/proof/mutants.ts';
import { reportFailure } from './report-failure.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '500' },
    only: { type: 'string', default: '' },
    processes: { type: 'string', default: `${availableParallelism()}` },
  },
});

try {
  const mutants = MUTANTS.filter(({ name }) => name.includes(values.only));
  const hunts = new Map<string, Hunt>();
  await huntAll(mutants, { processes: Number(values.processes), seeds: Number(values.seeds) }, (hunt) => {
    hunts.set(hunt.name, hunt);
    process.stderr.write(`${hunts.size} of ${mutants.length}: ${hunt.name}\n`);
  });
  const rows = mutants.map((mutant) => row(mutant, hunts.get(mutant.name)));
  process.stdout.write(
    [
      '| bug | where | seed | seeds tried | found as | in words |',
      '|---|---|---|---|---|---|',
      ...rows,
      '',
    ].join('\n'),
  );
  const missed = mutants.filter(({ name }) => hunts.get(name)?.caught === undefined);
  process.stdout.write(`${mutants.length - missed.length} of ${mutants.length} are found\n`);
  if (missed.length > 0) process.exitCode = 1;
} catch (error) {
  reportFailure(error);
}

function row({ name, file, what }: Mutant, hunt: Hunt | undefined): string {
  const { seed = '-', invariant = 'not found', what: words = '' } = hunt?.caught ?? {};
  return `| ${name}: ${what} | ${file} | ${seed} | ${hunt?.tried ?? '-'} | ${invariant} | ${words.replaceAll('|', '\\|')} |`;
}
