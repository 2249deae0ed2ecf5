import { hostname } from 'node:os';
import { MemoryLeaseBoard } from '../../../src/adapters/memory/lease-board.ts';
import { openNatsSpace } from '../../../src/adapters/nats/space.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { systemRandom } from '../../../src/adapters/system/random.ts';
import { Orchestrator } from '../../../src/orchestrator/orchestrator.ts';
import type { PartitionSpace } from '../../../src/ports/partition-space.ts';
import { endWithParent, parametersOf, stderrLogger, tell } from './life.ts';
import type { OrchestratorNews, OrchestratorParameters } from './parameters.ts';

/** One orchestrator as a process of its own, which says what it drives and what became of it. */

const { url, leaseMs, ownerLeaseMs, isAlone } = parametersOf<OrchestratorParameters>();
const say = tell<OrchestratorNews>;
const logger = stderrLogger();

const space = await openNatsSpace({
  url,
  role: 'orchestrator',
  clock: systemClock,
  random: systemRandom,
  logger,
});
const self = {
  process: systemRandom.id(),
  pid: process.pid,
  hostname: hostname(),
  startedAt: systemClock.now(),
};
const orchestrator = await Orchestrator.start({
  space: isAlone === true ? alone(space) : space,
  self,
  clock: systemClock,
  random: systemRandom,
  logger,
  leaseMs,
  ownerLeaseMs,
  onPartitions: (partitions) => say({ type: 'held', partitions }),
  onEvent: ({ id, type }) => {
    if (!type.startsWith('execution:')) return;
    const fold = orchestrator.ownerOf(space.partitionOf(id))?.engine?.present(id);
    if (fold?.hasEnded !== true) return;
    say({ type: 'ended', execution: id, status: fold.status, hash: fold.hash() });
  },
});
say({ type: 'started', process: self.process });

endWithParent(async () => {
  await orchestrator.stop();
  await space.close();
});

/** All of the space but its board. */
function alone(whole: PartitionSpace): PartitionSpace {
  const leases = new MemoryLeaseBoard();
  return new Proxy(whole, {
    get: (space, key) => {
      if (key === 'leases') return leases;
      const part: unknown = Reflect.get(space, key);
      return typeof part === 'function' ? part.bind(space) : part;
    },
  });
}
