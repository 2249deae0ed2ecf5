/**
 * `npm run faults -- --kills N [--seed S] [--executions N]`: real processes, killed at random until N were, and what became of
 * their executions. The same seed kills the same in the same order; the moments are the machine's.
 */
import { parseArgs } from 'node:util';
import { Cluster } from '../test/faults/cluster.ts';
import { killStorm, type StormResult } from '../test/faults/kill-storm.ts';
import { reportFailure } from './report-failure.ts';
import { ensureSystemTools } from './system-tools.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '60' },
    executions: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});

try {
  await ensureSystemTools();
  const seed = Number(values.seed);
  const kills = Number(values.kills);
  process.stdout.write(`seed ${seed}\n`);
  await using cluster = await Cluster.start({ seed });
  try {
    const result = await killStorm(cluster, {
      kills,
      executions: Number(values.executions),
      concurrency: 16,
      onKill: (count, kind) => {
        const { records, executions } = cluster.witness;
        process.stdout.write(
          `${count}/${kills} ${kind} (${executions.length} executions, ${records} records)\n`,
        );
      },
    });
    process.stdout.write(table(result));
    const { findings, lost } = result.verdict;
    if (findings.length > 0 || lost.length > 0) {
      process.stdout.write(`${[...findings, ...lost].join('\n')}\n${cluster.describe()}\n`);
      process.exitCode = 1;
    }
  } catch (error) {
    process.stderr.write(`${cluster.describe()}\n`);
    throw error;
  }
} catch (error) {
  reportFailure(error);
}

function table({ kills, takeOverMs, verdict }: StormResult): string {
  const sorted = takeOverMs.map(Math.round).sort((one, other) => one - other);
  const at = (part: number): number | undefined => sorted[Math.floor(part * (sorted.length - 1))];
  const doubles = verdict.findings.filter((finding) => / I[13] /.test(finding)).length;
  const rows: readonly (readonly [name: string, value: string | number])[] = [
    ['kills of orchestrators', kills.orchestrator],
    ['kills of hosts', kills.host],
    ['kills of the server', kills.server],
    ['take-over, ms (median, longest)', sorted.length === 0 ? 'none' : `${at(0.5)}, ${at(1)}`],
    ['executions', verdict.executions],
    ['records', verdict.records],
    ['attempts begun', verdict.begun],
    ['of them repeated', verdict.repeated],
    ['refused records', JSON.stringify(verdict.refused)],
    ['lost', verdict.lost.length],
    ['doubles', doubles],
    ['other findings', verdict.findings.length - doubles],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return `${rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')}\n`;
}
