/**
 * `node mutant-process.ts [--around N] [--seeds N] NAME...`: tries seeds on the sources with a bug planted, until one finds it. Prints a
 * line of JSON (`Hunt`) per mutant. `--around`: begins so many seeds before the one that is known to catch it.
 */
import { parseArgs } from 'node:util';
import { approvalsWorkloadOf } from './approvals-workload.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { importMutated } from './mutated.ts';

/** What became of the search for one bug. */
export interface Hunt {
  readonly name: string;
  readonly from: number;
  /** Seeds that were tried, the one that caught it included. */
  readonly tried: number;
  readonly seconds: number;
  /** Absent: none caught it. */
  readonly caught?: { readonly seed: number; readonly invariant: string; readonly what: string } | undefined;
}

const { values, positionals } = parseArgs({
  options: { around: { type: 'string' }, seeds: { type: 'string', default: '500' } },
  allowPositionals: true,
});

/** Errors that nobody waits for: the mutant broke the code itself. */
const uncaught: unknown[] = [];
process.on('unhandledRejection', (error) => uncaught.push(error));
process.on('uncaughtException', (error) => uncaught.push(error));

for (const name of positionals) {
  const mutant = MUTANTS.find((other) => other.name === name);
  if (mutant === undefined) throw new Error(`no mutant is named "${name}"`);
  process.stdout.write(`${JSON.stringify(await hunt(mutant))}\n`);
}

async function hunt(mutant: Mutant): Promise<Hunt> {
  const { name, seed: known, votes } = mutant;
  const { runTrial } = await importMutated<typeof import('./trial.ts')>(
    'test/simulation/proof/trial.ts',
    mutant,
  );
  const from = values.around === undefined ? 1 : Math.max(1, known - Number(values.around));
  const most = Number(values.seeds);
  const beganAt = performance.now();
  for (let tried = 1; tried <= most; tried += 1) {
    const seed = from + tried - 1;
    const workload = mutant.workload === 'approvals' ? approvalsWorkloadOf(seed) : undefined;
    const finding = await findingOf(() => runTrial({ seed, workload, votes, faults: 'heavy' }));
    const seconds = Number(((performance.now() - beganAt) / 1000).toFixed(1));
    if (finding !== undefined) return { name, from, tried, seconds, caught: { seed, ...finding } };
    if (tried === most) return { name, from, tried, seconds };
  }
  throw new Error('--seeds takes a number above zero');
}

async function findingOf(
  run: () => ReturnType<typeof import('./trial.ts').runTrial>,
): Promise<{ readonly invariant: string; readonly what: string } | undefined> {
  try {
    const { findings } = await run();
    const [first] = findings;
    if (first !== undefined) return { invariant: first.invariant, what: `${first.execution}: ${first.what}` };
  } catch (error) {
    return { invariant: 'thrown', what: String(error) };
  }
  const [error] = uncaught.splice(0);
  return error === undefined ? undefined : { invariant: 'thrown', what: String(error) };
}
