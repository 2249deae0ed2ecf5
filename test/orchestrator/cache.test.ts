import { expect, test } from 'vitest';
import { partitionOf } from '../../src/adapters/nats/subjects.ts';
import { ValueBucket } from '../../src/adapters/nats/value-bucket.ts';
import { defineAgent } from '../../src/agent/define.ts';
import { TroupeClient } from '../../src/library/client.ts';
import { startAgentHost } from '../../src/library/start-agent-host.ts';
import { startOrchestrator } from '../../src/library/start-orchestrator.ts';
import { linkForTest } from '../adapters/nats/links.ts';
import { agentStep, phase, task } from '../engine/open-world.ts';
import { natsServerForFile } from '../fixtures/nats/server.ts';

const server = natsServerForFile();

const keyed = { ttlMs: 3_600_000, key: '{{ input.ticker }}' };
const definition = task([phase('work', [agentStep('s', { cache: keyed })])], {
  requirements: { ticker: { type: 'string' } },
});

/** An id whose execution belongs to the partition. */
function idIn(partition: number): string {
  const ids = Array.from({ length: 100 }, (_, index) => `e${index}`);
  return ids.find((id) => partitionOf(id, 2) === partition) ?? '';
}

test('what one orchestrator was answered, another takes from the cache', async () => {
  const nats = server().url;
  const held = new Map<string, number>();
  const shared = Promise.withResolvers<void>();
  const note = (name: string) => (partitions: readonly number[]) => {
    held.set(name, partitions.length);
    if (held.get('one') === 1 && held.get('other') === 1) shared.resolve();
  };
  await using one = await startOrchestrator({ nats, partitions: 2, onPartitions: note('one') });
  await using other = await startOrchestrator({ nats, onPartitions: note('other') });
  await shared.promise;
  expect([...one.held, ...other.held].sort()).toEqual([0, 1]);

  const asked: string[] = [];
  const worker = defineAgent({
    name: 'worker',
    run: ({ execution }) => {
      asked.push(execution);
      return { by: execution };
    },
  });
  await using host = await startAgentHost({ nats, agents: [worker] });
  expect(host.roles).toEqual(['worker']);
  await using client = await TroupeClient.connect({ nats, agents: [worker] });
  const link = await linkForTest(nats);
  const kept = await new ValueBucket(link, link.subjects.bucket('CACHE')).changes(0);

  const [here, there] = [idIn(0), idIn(1)];
  const asking = await client.execute(definition, { ticker: 'A' }, { id: here });
  expect(asking.outputs).toEqual({ worker: { by: here } });
  // What comes here is stored.
  for await (const _ of kept) break;
  const answered = await client.execute(definition, { ticker: 'A' }, { id: there });
  expect(answered.outputs).toEqual({ worker: { by: here } });
  expect(answered.phases[0]?.steps).toMatchObject([{ cached: true, attempts: 0 }]);
  expect(asked).toEqual([here]);
});
