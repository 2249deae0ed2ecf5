import { MemoryPartitionSnapshots } from '../../src/adapters/memory/partition-snapshots.ts';
import { NatsPartitionSnapshots } from '../../src/adapters/nats/partition-snapshots.ts';
import { linkToNamespace, newNamespace } from '../adapters/nats/namespaces.ts';
import { natsServerForFile } from '../fixtures/nats/server.ts';
import { partitionSnapshotsSuite } from './partition-snapshots.suite.ts';

const server = natsServerForFile();

partitionSnapshotsSuite({
  name: 'memory',
  create() {
    const snapshots = new MemoryPartitionSnapshots();
    return { open: async () => snapshots };
  },
});

partitionSnapshotsSuite({
  name: 'nats',
  create() {
    const namespace = newNamespace();
    return { open: async () => new NatsPartitionSnapshots(await linkToNamespace(server().url, namespace)) };
  },
});
