import { describe, expect, it } from 'vitest';
import { loadFold, type Sources } from '../../src/engine/load.ts';
import { pinnedBytes } from '../../src/engine/pinned.ts';
import { Pins } from '../../src/engine/pins.ts';
import type { ArtifactStore } from '../../src/ports/artifact-store.ts';
import type { SnapshotStore } from '../../src/ports/snapshot-store.ts';
import { agentStep, phase, task, wait } from '../fixtures/executions/definitions.ts';
import { ScriptedWorld } from '../fixtures/executions/scripted-world.ts';

const noSnapshots: SnapshotStore = {
  latest: async () => undefined,
  put: async () => undefined,
  remove: async () => undefined,
};

/** A store that holds the world's definition and nothing else. */
function sourcesOf({ pinned, rules, log }: ScriptedWorld, records = log): Sources {
  const artifacts: ArtifactStore = {
    get: async () => pinnedBytes({ definition: pinned.definition, agents: pinned.agents }),
    put: () => Promise.reject(new Error('Folding writes nothing')),
    has: async () => true,
  };
  return {
    artifacts,
    rules,
    pins: new Pins(artifacts),
    log: { read: async () => records },
    snapshots: noSnapshots,
  };
}

/** Two waits whose rule throws: one live, one behind a claimed step, with its signal kept. */
function withTwoBrokenRules(): ScriptedWorld {
  const schema = { throws: true };
  const world = new ScriptedWorld(
    task([
      phase('live', [wait('w', 'now', { schema })]),
      phase('later', [agentStep('a'), wait('v', 'kept', { schema })]),
    ]),
  );
  world.signal('kept');
  world.claim('a');
  return world;
}

describe('a log', () => {
  it('folds to the state of the execution', async () => {
    const world = new ScriptedWorld(task([phase('work', [agentStep('a')])])).run();
    const fold = await loadFold(world.execution, sourcesOf(world));
    expect(fold?.hash()).toBe(world.fold.hash());
  });

  it('without its start is no execution', async () => {
    const world = new ScriptedWorld(task([phase('work', [agentStep('a')])])).run();
    expect(await loadFold(world.execution, sourcesOf(world, world.log.slice(1)))).toBeUndefined();
  });

  it('with records that cannot be folded is suspended at each of them, however many there are', async () => {
    const world = withTwoBrokenRules();
    const claim = world.claimOf('a');
    world.signal('now');
    expect(world.fold.status).toBe('suspended');
    world.succeed(claim);
    const fold = await loadFold(world.execution, sourcesOf(world));
    expect(fold?.status).toBe('suspended');
    expect(fold?.world.position).toBe(world.log.at(-1)?.position);
    expect(fold?.context.error).toEqual(world.fold.context.error);
    expect(fold?.claims()).toHaveLength(1);
    world.control('abort');
    const aborted = await loadFold(world.execution, sourcesOf(world));
    expect(aborted?.status).toBe('aborted');
  });
});
