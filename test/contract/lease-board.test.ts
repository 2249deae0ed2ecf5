import { MemoryLeaseBoard } from '../../src/adapters/memory/lease-board.ts';
import { NatsLeaseBoard } from '../../src/adapters/nats/lease-board.ts';
import { linkToNamespace, newNamespace } from '../adapters/nats/namespaces.ts';
import { natsServerForFile } from '../fixtures/nats/server.ts';
import { leaseBoardSuite } from './lease-board.suite.ts';

const server = natsServerForFile();

leaseBoardSuite({
  name: 'memory',
  create() {
    const board = new MemoryLeaseBoard();
    return { join: async () => board };
  },
});

leaseBoardSuite({
  name: 'nats',
  create() {
    const namespace = newNamespace();
    return { join: async () => new NatsLeaseBoard(await linkToNamespace(server().url, namespace)) };
  },
});
