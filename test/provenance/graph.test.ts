import { expect, test } from 'vitest';
import { readStory } from '../../src/history/story.ts';
import { provenanceOf } from '../../src/provenance/graph.ts';
import { directUses, provenanceMermaid } from '../../src/provenance/mermaid.ts';
import { provJson } from '../../src/provenance/prov-json.ts';
import { agentStep, phase, task, World } from '../engine/open-world.ts';
import { consensus } from '../fixtures/executions/definitions.ts';

const definition = task([
  phase('sum', [agentStep('three')], { dependsOn: ['collect'] }),
  phase('collect', [
    agentStep('one'),
    agentStep('two'),
    { kind: 'aggregate', id: 'all', title: 'all', aggregate: 'collect' },
  ]),
  phase('aside', [agentStep('alone')]),
]);

async function graph() {
  const world = new World();
  const process = await world.open({ worker: ({ step }) => ({ said: step }) });
  await process.begin(definition, { input: { title: 'x' } });
  await process.engine.ended('e');
  const story = await readStory('e', process.engine.sources);
  return provenanceOf(story ?? expect.fail());
}

test('each step has used the input, what its phase depends on, and what stands above it', async () => {
  const { activities, outputsFrom } = await graph();
  const used = Object.fromEntries(activities.map((activity) => [activity.id, activity.used]));
  expect(used).toEqual({
    one: ['input'],
    two: ['input'],
    all: ['input', 'output/one', 'output/two'],
    three: ['input', 'output/one', 'output/two', 'output/all'],
    alone: ['input'],
  });
  expect(outputsFrom).toEqual(['output/three', 'output/alone']);
});

test('every value has its digest, its size and its time', async () => {
  const { entities } = await graph();
  expect(entities.find(({ id }) => id === 'output/one')).toEqual({
    id: 'output/one',
    kind: 'output',
    name: 'one',
    digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    bytes: '{"said":"one"}'.length,
    at: expect.any(Number),
  });
  expect(new Set(entities.map(({ id }) => id)).size).toBe(entities.length);
});

test('what a step used through another is left out of a picture', async () => {
  const { activities } = await graph();
  expect(directUses(activities).get('three')).toEqual(['output/all']);
});

test('as Mermaid every node that an edge names is drawn', async () => {
  const text = provenanceMermaid(await graph());
  const drawn = new Set([...text.matchAll(/^ {2}(n\d+)[[(]/gm)].map(([, node]) => node));
  const named = [...text.matchAll(/^ {2}(n\d+) --> (n\d+)$/gm)].flatMap(([, from, to]) => [from, to]);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((node) => !drawn.has(node))).toEqual([]);
});

test('as W3C PROV each relation names what is there', async () => {
  const document = provJson(await graph()) as { [part: string]: { [id: string]: { [key: string]: string } } };
  for (const [part, keys] of [
    ['used', ['prov:entity', 'prov:activity']],
    ['wasGeneratedBy', ['prov:entity', 'prov:activity']],
    ['wasAssociatedWith', ['prov:activity', 'prov:agent']],
  ] as const) {
    for (const relation of Object.values(document[part] ?? expect.fail())) {
      for (const key of keys) {
        expect(document[key.slice('prov:'.length)]).toHaveProperty([relation[key] ?? '']);
      }
    }
  }
  expect(Object.keys(document.wasDerivedFrom ?? {})).toHaveLength(2);
});

test('a decision comes of the ballots that were counted', async () => {
  const world = new World();
  const process = await world.open({ a: () => 'yes', b: () => 'yes' });
  await process.begin(task([phase('vote', [consensus('ship', ['a', 'b'])])]));
  await process.engine.ended('e');
  const { activities } = provenanceOf(
    (await readStory('e', process.engine.sources)) ?? expect.fail('it has no story'),
  );
  const ballots = ['output/ship-a_1', 'output/ship-b_1'];
  expect(activities.find(({ id }) => id === 'ship')?.used).toEqual(['input', ...ballots]);
});
