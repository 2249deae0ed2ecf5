import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import type { Store } from '../../ports/store.ts';
import { GroupedLog } from '../log/grouped-log.ts';
import { MemoryAgentDirectory } from './agent-directory.ts';
import { MemoryArtifacts } from './artifact-store.ts';
import { MemoryOwnership } from './ownership.ts';
import { MemoryProcessGroups } from './process-groups.ts';
import { MemoryResponses } from './response-cache.ts';
import { MemorySnapshots } from './snapshot-store.ts';
import { MemoryWorld } from './world.ts';

export interface MemoryStoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Stores on one world are processes on one data folder; closing one is the death of that process. Default: a world of its own. */
  readonly world?: MemoryWorld | undefined;
}

/** A store that keeps everything in memory, for tests and simulation. */
export function createMemoryStore({
  clock,
  random,
  world = new MemoryWorld(random.id()),
}: MemoryStoreOptions): Store {
  const ownership = new MemoryOwnership(world, { process: random.id(), startedAt: clock.now() });
  const log = new GroupedLog({
    storage: world.records,
    clock,
    // Only an injected fault makes anything wait here; reading on must not depend on somebody moving a simulated clock.
    wait: (delayMs, callback) => {
      if (delayMs === 0) clock.soon(callback);
      else clock.schedule(delayMs, callback);
    },
  });
  const stopWatching = world.records.watch(() => log.wake());

  async function close(): Promise<void> {
    await log.close();
    stopWatching();
    world.living.delete(ownership.self.process);
  }

  return {
    log,
    ownership,
    snapshots: new MemorySnapshots(world),
    artifacts: new MemoryArtifacts(world),
    directory: new MemoryAgentDirectory(world),
    processGroups: new MemoryProcessGroups(world),
    responses: new MemoryResponses(world, clock),
    dataId: world.dataId,
    close,
    [Symbol.asyncDispose]: close,
  };
}
