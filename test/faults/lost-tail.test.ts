import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { NatsServer } from '../fixtures/nats/server.ts';
import type { Cluster } from './cluster.ts';
import { clusterForTest } from './scene.ts';

test('a snapshot that is ahead of the log is dropped, and executions go on from what the log holds', async () => {
  const cluster = await clusterForTest();
  const first = await cluster.orchestrator();
  await first.says((news) => news.type === 'held' && news.partitions.length === 4);
  const host = await cluster.host();
  const tail = await loseTail(cluster);
  // In order, so that the partitions' snapshots are kept.
  await first.kill('SIGTERM');
  await host.kill();
  await cluster.server.kill();
  tail.lose();
  await cluster.server.restart();

  const second = await cluster.orchestrator();
  await cluster.host();
  await cluster.resubmit();
  await cluster.witness.until(() => cluster.witness.cuts > 0);
  await cluster.witness.untilEnded(cluster.submitted);
  expect(second.stderr).toMatch(/the log does not hold what the snapshot holds/);
  await expectWhole(cluster);
});

test('an owner that lives on when the log loses its tail reads it again', async () => {
  const cluster = await clusterForTest();
  const owner = await cluster.orchestrator();
  await owner.says((news) => news.type === 'held' && news.partitions.length === 4);
  await cluster.host();
  const tail = await loseTail(cluster);
  await cluster.server.kill('SIGKILL');
  tail.lose();
  await cluster.server.restart();

  await cluster.resubmit();
  await cluster.witness.until(() => cluster.witness.cuts > 0);
  await cluster.witness.untilEnded(cluster.submitted);
  await cluster.submit(3);
  await cluster.witness.untilEnded(cluster.submitted);
  expect(owner.stderr).toMatch(/reading the partition again/);
  await expectWhole(cluster);
});

/** Runs executions, some of them to their end, and keeps what the logs held in the middle of that. */
async function loseTail(cluster: Cluster): Promise<KeptLogs> {
  const done = await cluster.submit(6);
  await cluster.witness.untilEnded(done);
  await cluster.submit(6);
  await cluster.witness.untilMore(30);
  await cluster.server.kill();
  const kept = new KeptLogs(cluster.server);
  await cluster.server.restart();
  await cluster.submit(6);
  await cluster.witness.untilMore(150);
  return kept;
}

async function expectWhole(cluster: Cluster): Promise<void> {
  const { findings, lost } = await cluster.verify({ isTailLost: true });
  expect(findings).toEqual([]);
  expect(lost).toEqual([]);
}

/** The logs' files as they were, without all else that the server stores. Both ways the server must not run. */
class KeptLogs {
  readonly #streams: string;
  readonly #copy = mkdtempSync(join(tmpdir(), 'troupe-logs-'));

  constructor({ storeDir }: NatsServer) {
    onTestFinished(() => rmSync(this.#copy, { recursive: true }));
    this.#streams = join(storeDir, 'jetstream', '$G', 'streams');
    for (const name of readdirSync(this.#streams)) {
      if (name.includes('_LOG_'))
        cpSync(join(this.#streams, name), join(this.#copy, name), { recursive: true });
    }
  }

  lose(): void {
    for (const name of readdirSync(this.#copy)) {
      rmSync(join(this.#streams, name), { recursive: true });
      cpSync(join(this.#copy, name), join(this.#streams, name), { recursive: true });
    }
  }
}
