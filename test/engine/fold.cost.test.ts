import { describe, expect, it } from 'vitest';
import { DEFAULT_STEP_WINDOW } from '../../machines/policy.ts';
import type { TaskDefinition } from '../../src/task/definition.ts';
import { agentStep, agentSteps, phase, task } from '../fixtures/executions/definitions.ts';
import { type Move, ScriptedWorld } from '../fixtures/executions/scripted-world.ts';

/** The work that records cause, counted and not timed: the most that any one record or moment of the run took. */
interface Cost {
  readonly live: number;
  readonly children: number;
  readonly microsteps: number;
  readonly effects: number;
  /** Entries of the largest list or object in any actor's context. */
  readonly widest: number;
  /** Characters of the persisted tree. */
  readonly tree: number;
}

const NOTHING: Cost = { live: 0, children: 0, microsteps: 0, effects: 0, widest: 0, tree: 0 };

/** Every so many records the whole tree is looked at: often enough, and not a multiple of the window. */
const SAMPLE_EVERY = 97;

/** Runs to the end, offers first: the window is as full as it can be. Starting costs what the window holds and is left out. */
function costOf(
  definition: TaskDefinition,
  input: { readonly items: readonly number[] } = { items: [] },
): Cost {
  const world = new ScriptedWorld(definition, { input });
  let microsteps = 0;
  world.fold.root.system.inspect(({ type }) => {
    if (type === '@xstate.microstep') microsteps += 1;
  });
  const offers = world.fold.drain().flatMap((effect) => (effect.kind === 'offer' ? [effect] : []));
  if (world.owedOf('evaluate').length > 0) {
    world.evaluateNext();
    offers.push(...world.fold.drain().flatMap((effect) => (effect.kind === 'offer' ? [effect] : [])));
  }
  let worst = NOTHING;
  for (let records = 0; !world.fold.hasEnded; ) {
    const offer = offers.shift();
    if (offer === undefined) throw new Error('Nothing is offered, and it has not ended');
    for (const act of [
      () => world.take(world.claimRecord(offer)),
      () => world.succeed(world.claimOf(offer.step)),
    ]) {
      microsteps = 0;
      expect(act().accepted).toBe(true);
      // A seal comes every so many records, however many there are.
      const effects = world.fold.drain().filter(({ kind }) => kind !== 'seal');
      offers.push(...effects.flatMap((effect) => (effect.kind === 'offer' ? [effect] : [])));
      records += 1;
      const sizes = records % SAMPLE_EVERY === 0 ? sizesOf(world) : { children: 0, widest: 0, tree: 0 };
      worst = most(worst, {
        ...sizes,
        microsteps,
        effects: effects.length,
        live: world.fold.world.steps.size,
      });
    }
  }
  return worst;
}

function sizesOf(world: ScriptedWorld): Pick<Cost, 'children' | 'widest' | 'tree'> {
  const tree = world.fold.root.getPersistedSnapshot() as unknown as Node;
  const nodes = allNodes(tree);
  return {
    children: nodes.length,
    widest: Math.max(...nodes.map(({ context }) => widestOf(context))),
    tree: JSON.stringify(tree).length,
  };
}

interface Node {
  readonly context: object;
  readonly children: { readonly [id: string]: { readonly snapshot: Node } };
}

function allNodes(node: Node): readonly Node[] {
  return [node, ...Object.values(node.children).flatMap(({ snapshot }) => allNodes(snapshot))];
}

function widestOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const parts = Object.values(value);
  return Math.max(parts.length, ...parts.map(widestOf));
}

function most(a: Cost, b: Cost): Cost {
  const entries = Object.entries(a).map(([name, value]) => [name, Math.max(value, b[name as keyof Cost])]);
  return Object.fromEntries(entries) as unknown as Cost;
}

function expectFlat(few: Cost, many: Cost): void {
  const { live, children, microsteps, effects } = few;
  expect(many).toMatchObject({ live, children, microsteps, effects });
  expect(many.widest).toBeLessThanOrEqual(DEFAULT_STEP_WINDOW);
  // Numbers in it have a digit or two more.
  expect(many.tree).toBeLessThan(few.tree * 1.1);
}

describe('the cost of a record', () => {
  it('is in a phase of ten thousand steps what it is in one of a hundred', () => {
    const few = costOf(task([phase('work', agentSteps(100))]));
    const many = costOf(task([phase('work', agentSteps(10_000))]));
    expect(few.live).toBe(DEFAULT_STEP_WINDOW);
    expectFlat(few, many);
  });

  it('is the same for the items of a forEach', () => {
    const definition = task([phase('work', [agentStep('s')], { forEach: 'input.items' })]);
    const items = (count: number) => ({ items: Array.from({ length: count }, (_, at) => at) });
    const few = costOf(definition, items(100));
    const many = costOf(definition, items(2_000));
    expectFlat(few, many);
  });

  it('is the same in file order, one step at a time', () => {
    const few = costOf(task([phase('work', agentSteps(100), { parallel: false })]));
    const many = costOf(task([phase('work', agentSteps(1_000), { parallel: false })]));
    expect(many.live).toBe(1);
    expectFlat(few, many);
  });

  it('does not grow with what agents say', () => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(200))]), {
      agent: () => ({ kind: 'succeed', output: 'x'.repeat(1000) }),
    });
    for (let count = 0; count < 300; count += 1) world.make(world.moves()[0] as Move);
    const before = JSON.stringify(world.fold.root.getPersistedSnapshot());
    expect(before).not.toContain('xxx');
  });

  it('lets no more steps live than the task allows', () => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(50))], { concurrency: { steps: 7 } }));
    let most = 0;
    while (!world.fold.hasEnded) {
      most = Math.max(most, world.fold.world.steps.size);
      world.make(world.moves()[0] as Move);
    }
    expect(most).toBe(7);
  });
});
