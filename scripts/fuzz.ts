/**
 * `npm run fuzz -- --seconds N [--target T] [--seed S]`: gives every reader of outside input ever new ones. What finds a fault is
 * written into the corpus, which `npm test` reads again.
 */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { corpusOf, keepInCorpus } from '../test/fuzz/corpus.ts';
import { hostileInput } from '../test/fuzz/hostile.ts';
import { Reading } from '../test/fuzz/reading.ts';
import { TARGETS } from '../test/fuzz/targets.ts';
import { reportFailure } from './report-failure.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    target: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});

try {
  const names = TARGETS.map(({ name }) => name).filter((name) => [undefined, name].includes(values.target));
  if (names.length === 0) throw new Error(`Targets are ${TARGETS.map(({ name }) => name).join(', ')}.`);
  process.stdout.write(`seed ${values.seed}, ${names.length === 1 ? names[0] : `${names.length} targets`}\n`);
  const msEach = (Number(values.seconds) * 1000) / names.length;
  await using reading = new Reading();
  for (const name of names) await fuzz(name, performance.now() + msEach, reading);
} catch (error) {
  reportFailure(error);
}

async function fuzz(target: string, until: number, reading: Reading): Promise<void> {
  const seeds = corpusOf(target).map(({ input }) => input);
  const inputs = hostileInput(seeds);
  let count = 0;
  const found = new Set<string>();
  for (let round = 0; performance.now() < until; round += 1) {
    for (const input of fc.sample(inputs, { seed: Number(values.seed) + round, numRuns: 100 })) {
      if (performance.now() >= until) break;
      count += 1;
      const fault = await reading.faultOf(target, input);
      // The same fault found again says nothing new.
      const kind = fault?.split('\n').slice(0, 2).join(' ').replaceAll(/\d+/g, 'N').slice(0, 160);
      if (fault === undefined || kind === undefined || found.has(kind)) continue;
      found.add(kind);
      const name = keepInCorpus(target, input);
      process.stdout.write(
        `${target} ${fault}\nkept as test/fuzz/corpus/${target}/${name}; read it again with\n` +
          `  npm test -- test/fuzz -t 'reads ${name}'\n`,
      );
      process.exitCode = 1;
    }
  }
  process.stdout.write(`${target}: ${count} inputs, ${found.size} faults\n`);
}
