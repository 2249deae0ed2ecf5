/**
 * `npm run simulate -- --seeds N [--from S] [--faults none|light|heavy]`: proves the engine on N seeds, from S on. Prints the seeds and
 * the level first; of a seed that finds something, the shortest script of faults that still does.
 * `--seed S --trace`: one seed, with all that happened.
 */
import { parseArgs } from 'node:util';
import type { FaultLevel, FaultScript } from '../src/simulation/cluster/faults.ts';
import { runTrial, type Trial } from '../test/simulation/proof/trial.ts';
import { reportFailure } from './report-failure.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    faults: { type: 'string', default: 'heavy' },
    trace: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

try {
  const from = Number(values.seed ?? values.from);
  const count = values.seed === undefined ? Number(values.seeds) : 1;
  const level = values.faults as FaultLevel;
  if (!Number.isInteger(from) || !Number.isInteger(count) || !['none', 'light', 'heavy'].includes(level))
    throw new Error('--seeds, --from and --seed take whole numbers; --faults takes none, light or heavy');
  if (!values.json) process.stdout.write(`seeds ${from} to ${from + count - 1}, faults: ${level}\n`);
  const failing: number[] = [];
  let [records, accepted, faults, ended] = [0, 0, 0, 0];
  const beganAt = performance.now();
  for (let seed = from; seed < from + count; seed += 1) {
    const trial = await runTrial({ seed, faults: level });
    records += trial.records;
    accepted += trial.accepted;
    faults += trial.script.points.length + trial.script.timed.length;
    ended += Object.keys(trial.outcomes).length;
    if (values.trace) process.stdout.write(trial.trace.text);
    if (trial.findings.length > 0) {
      failing.push(seed);
      if (!values.json) process.stdout.write(describe(trial));
    }
    if (!values.json && (seed - from + 1) % 500 === 0)
      process.stdout.write(`${seed - from + 1} seeds, ${records} records, ${failing.length} failing\n`);
  }
  const seconds = (performance.now() - beganAt) / 1000;
  if (values.json) process.stdout.write(`${JSON.stringify({ from, count, failing })}\n`);
  else
    process.stdout.write(
      `${count} seeds in ${seconds.toFixed(1)} s: ${ended} executions, ${records} records (${accepted} accepted), ${faults} faults, ${failing.length} failing\n`,
    );
  if (failing.length > 0) process.exitCode = 1;
} catch (error) {
  reportFailure(error);
}

function describe({ seed, findings, script }: Trial): string {
  const found = findings.map(({ invariant, execution, what }) => `  ${invariant} ${execution}: ${what}`);
  return [
    `seed ${seed} finds:`,
    ...new Set(found),
    `  faults: ${sizeOf(script)}; again: npm run simulate -- --seed ${seed} --trace`,
    '',
  ].join('\n');
}

function sizeOf({ points, timed }: FaultScript): string {
  return `${points.length} at an occasion, ${timed.length} at a time`;
}
