import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { systemRandom as random } from '../../src/adapters/system/random.ts';
import { toTroupeError } from '../../src/errors.ts';
import type { Cluster, VerifyOptions } from './cluster.ts';
import { clusterForTest } from './scene.ts';

const folder = mountedFolder();

afterAll(() => {
  if (folder === undefined) return;
  execFileSync('umount', [folder]);
  rmSync(folder, { recursive: true });
});

test('a store that is full: records are refused, and what is under way goes on by itself when there is room', async () => {
  const cluster = await clusterForTest({ server: { config: 'jetstream { max_file_store: 8MB }\n' } });
  await Promise.all([cluster.orchestrator(), cluster.host()]);
  await cluster.witness.untilEnded(await cluster.submit(3));
  await cluster.submit(6);
  await cluster.witness.untilMore(20);

  const ballast = await fillStore(cluster);
  expect(await untilRefused(cluster)).toMatchObject({ code: 'STORAGE_FULL' });
  await ballast.remove();
  await cluster.submit(3);
  await expectAllToEnd(cluster);
});

test.skipIf(folder === undefined)(
  'a disk that is full: no record is taken, and all goes on when there is room and the server was started again',
  async () => {
    const cluster = await clusterForTest({ server: { storeDir: join(folder ?? '', 'store') } });
    await Promise.all([cluster.orchestrator(), cluster.host()]);
    await cluster.witness.untilEnded(await cluster.submit(3));
    await cluster.submit(6);
    await cluster.witness.untilMore(20);

    const ballast = join(folder ?? '', 'ballast');
    fillDisk(ballast);
    // nats-server 2.9 stores nothing and answers nothing from here on, and does not end when it is asked to.
    const refused = toTroupeError(await untilRefused(cluster));
    expect(['STORAGE_FULL', 'NATS_UNREACHABLE']).toContain(refused.code);
    rmSync(ballast);
    await cluster.server.kill('SIGKILL');
    await cluster.server.restart();
    await cluster.submit(3);
    // Nor had it stored all that it handed out before it was killed: what hosts were told then is no evidence.
    await expectAllToEnd(cluster, { isTailLost: true });
  },
  90_000,
);

async function expectAllToEnd(cluster: Cluster, options?: VerifyOptions): Promise<void> {
  await cluster.witness.untilEnded(cluster.submitted);
  const { findings, lost } = await cluster.verify(options);
  expect(findings).toEqual([]);
  expect(lost).toEqual([]);
}

/** Appends records that change nothing, until one is not taken. */
async function untilRefused({ space, submitted: [ended = ''] }: Cluster): Promise<unknown> {
  const log = space.logOf(space.partitionOf(ended));
  for (;;) {
    const data = { name: 'nobody-waits-for-it' };
    try {
      await log.append({ id: random.id(), execution: ended, source: 'control', type: 'signal.sent', data });
    } catch (error) {
      return error;
    }
  }
}

/** Until the server's limit is reached. */
async function fillStore({ server }: Cluster): Promise<{ readonly remove: () => Promise<void> }> {
  const connection = await connect({ servers: `127.0.0.1:${server.port}` });
  onTestFinished(() => connection.close());
  const streams = (await jetstreamManager(connection)).streams;
  await streams.add({ name: 'BALLAST', subjects: ['ballast'] });
  // In smaller and smaller parts, so that hardly anything is left.
  for (let bytes = 512 * 1024; bytes >= 64; ) {
    try {
      await jetstream(connection).publish('ballast', new Uint8Array(bytes));
    } catch {
      bytes /= 2;
    }
  }
  return { remove: async () => void (await streams.delete('BALLAST')) };
}

function fillDisk(file: string): void {
  const room = (): number => {
    const { bavail, bsize } = statfsSync(join(file, '..'));
    return bavail * bsize;
  };
  try {
    for (let bytes = room(); bytes > 0; bytes = room())
      writeFileSync(file, Buffer.alloc(bytes), { flag: 'a' });
  } catch {
    // Somebody else took the last of it.
  }
}

/** A small file system of its own; undefined where none may be mounted. */
function mountedFolder(): string | undefined {
  const path = mkdtempSync(join(tmpdir(), 'troupe-small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'none', path], { stdio: 'pipe' });
  } catch {
    rmSync(path, { recursive: true });
    return undefined;
  }
  return path;
}
