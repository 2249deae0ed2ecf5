import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchOptions } from './options.ts';
import { w1 } from './workloads/w1-fan-out.ts';
import { w2 } from './workloads/w2-sequence.ts';
import { w3 } from './workloads/w3-parked.ts';
import { w4 } from './workloads/w4-crash.ts';
import { w5 } from './workloads/w5-large.ts';
import { w6 } from './workloads/w6-simulated.ts';
import { w7 } from './workloads/w7-refold.ts';
import { w8 } from './workloads/w8-inspect.ts';

const WORKLOADS: { readonly [name: string]: (options: BenchOptions) => Promise<object> } = {
  W1: w1,
  W2: w2,
  W3: w3,
  W4: w4,
  W5: w5,
  W6: w6,
  W7: w7,
  W8: w8,
};

const USAGE = `Usage: node bench/run.ts --workload W1|W2|W3|W4|W5|W6|W7|W8 [--engine embedded|nats] [--executions N] [--concurrency C] [--runs R] [--data DIR]

Prints one JSON line. W1 fan-out and fan-in, W2 100 steps in a row, W3 executions that wait for a signal,
W4 kill -9 and restart, W5 10,000 steps in one execution, W6 simulated executions without and with faults,
W7 a history of 40,000 records folded again, W8 200,000 records read as the inspector's page reads them (all embedded only). Needs --expose-gc for the memory figures of W3.`;

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'embedded' },
    workload: { type: 'string' },
    executions: { type: 'string' },
    concurrency: { type: 'string' },
    runs: { type: 'string', default: '3' },
    data: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const workload = WORKLOADS[values.workload ?? ''];
if (values.help || workload === undefined || (values.engine !== 'embedded' && values.engine !== 'nats')) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = values.help ? 0 : 2;
} else {
  const data = mkdtempSync(join(values.data ?? tmpdir(), 'troupe-bench-'));
  try {
    const figures = await workload({
      data,
      engine: values.engine,
      executions: numberOf(values.executions),
      concurrency: numberOf(values.concurrency),
      runs: Number(values.runs),
    });
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    const durability =
      values.engine === 'nats'
        ? "JetStream file storage, the server's default sync interval (2 min)"
        : 'node:sqlite WAL, synchronous=FULL, commits in groups';
    const head = { peer: `troupe-${values.engine}`, version, workload: values.workload, durability };
    process.stdout.write(`${JSON.stringify({ ...head, ...figures, node: process.version })}\n`);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
