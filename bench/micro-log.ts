import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryStore } from '../src/adapters/memory/store.ts';
import { openSqliteStore } from '../src/adapters/sqlite/store.ts';
import { systemClock } from '../src/adapters/system/clock.ts';
import { systemRandom } from '../src/adapters/system/random.ts';
import type { Store } from '../src/ports/store.ts';

// What the log alone costs: node bench/micro-log.ts [executions] [lanes]. Each lane appends the records of one execution after
// another, waiting for each of them, as an engine with that many executions in flight would at worst.

const executions = Number(process.argv[2] ?? 4_000);
const lanes = Number(process.argv[3] ?? 64);
const RECORDS_PER_EXECUTION = 22;
const data = { step: 'analysis-1', attempt: 1, fence: 1234, output: { text: 'x'.repeat(200), score: 0.5 } };

async function measure(name: string, { log, ownership }: Store): Promise<void> {
  let commitCount = 0;
  let foldedCount = 0;
  log.follow(
    {
      fold: ({ length }) => {
        foldedCount += length;
      },
      durable: () => {
        commitCount += 1;
      },
      retracted: (_position, cause) => {
        throw cause;
      },
    },
    await log.head(),
  );
  let started = 0;
  const lane = async (): Promise<void> => {
    while (started < executions) {
      started += 1;
      const execution = systemRandom.id();
      void ownership.take(execution);
      for (let index = 0; index < RECORDS_PER_EXECUTION; index += 1) {
        await log.append({
          id: systemRandom.id(),
          execution,
          source: 'engine',
          type: 'step.succeeded',
          data,
        });
      }
      void ownership.markEnded(execution);
    }
  };
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  await Promise.all(Array.from({ length: lanes }, lane));
  const wallMs = performance.now() - startedAt;
  const cpu = process.cpuUsage(cpuBefore);
  const perRecord = (us: number): number => Number((us / foldedCount).toFixed(2));
  process.stdout.write(
    `${JSON.stringify({
      log: name,
      records: foldedCount,
      wall_us_per_record: perRecord(wallMs * 1_000),
      cpu_us_per_record: perRecord(cpu.user + cpu.system),
      commits_per_s: Math.round(commitCount / (wallMs / 1_000)),
      records_per_commit: Number((foldedCount / commitCount).toFixed(1)),
    })}\n`,
  );
}

const dir = mkdtempSync(join(tmpdir(), 'troupe-bench-'));
try {
  const shared = { clock: systemClock, random: systemRandom };
  for (const [name, store] of [
    ['memory', createMemoryStore(shared)],
    ['sqlite', await openSqliteStore({ dir, ...shared })],
  ] as const) {
    await measure(name, store);
    await store.close();
  }
} finally {
  rmSync(dir, { recursive: true });
}
