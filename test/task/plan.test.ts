import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PhaseSource, TaskSource } from '../../src/task/define.ts';
import type { TaskDefinition } from '../../src/task/definition.ts';
import { heaviestAntichain } from '../../src/task/plan/antichain.ts';
import { planTask } from '../../src/task/plan.ts';
import { readTask } from '../../src/task/read.ts';

function define(source: TaskSource): TaskDefinition {
  const { task, diagnostics } = readTask(source, { file: 'task.ts', kind: 'code' });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return task as TaskDefinition;
}

const phase = (name: string, dependsOn: readonly string[], more: Partial<PhaseSource> = {}): PhaseSource => ({
  name,
  dependsOn,
  agents: ['a'],
  ...more,
});

/** A → B, C → D; E stands alone. */
const diamond = define({
  name: 'diamond',
  version: '1.0.0',
  phases: [
    phase('D', ['B', 'C']),
    phase('A', [], { agents: ['a', 'b', 'c'] }),
    phase('B', ['A'], { parallel: false, steps: ['agent: x - one', 'agent: y - two'] }),
    phase('C', ['A'], { steps: ['agent: x', 'agent: y', 'aggregate: mean', 'agent: z'] }),
    phase('E', [], { when: 'true', forEach: '[1, 2]', steps: ['agent: {{ item }} - go'] }),
  ],
});

test('waves hold what waits for the same depth', () => {
  const { waves } = planTask(diamond);
  expect(waves.map((wave) => wave.map(({ name }) => name))).toEqual([['A', 'E'], ['B', 'C'], ['D']]);
  expect(waves[0]?.[0]).toMatchObject({ agents: ['a', 'b', 'c'], dependsOn: [], parallel: true, length: 1 });
  expect(waves[0]?.[1]).toMatchObject({ forEach: '[1, 2]', when: 'true' });
  expect(waves[1]?.[0]?.steps).toEqual([
    { id: 'one', kind: 'agent', title: 'one', agent: 'x' },
    { id: 'two', kind: 'agent', title: 'two', agent: 'y' },
  ]);
});

test('without estimates, steps that follow one another count', () => {
  // C: two side by side, the aggregate, one more.
  expect(planTask(diamond).criticalPath).toEqual({ phases: ['A', 'C', 'D'], length: 5, unit: 'steps' });
});

test('with estimates, time counts', () => {
  const task = define({
    name: 't',
    phases: [
      phase('A', [], { estimate: '10s' }),
      phase('B', ['A'], {
        steps: [
          { agent: 'x', estimate: '3s' },
          { agent: 'y', estimate: '5s' },
          { aggregate: 'mean', estimate: '1s' },
        ],
      }),
      phase('C', ['A'], {
        parallel: false,
        steps: [{ agent: 'x', estimate: '3s' }, { agent: 'y', estimate: '5s' }, 'agent: z'],
      }),
    ],
  });
  expect(planTask(task).criticalPath).toEqual({ phases: ['A', 'C'], length: 18_000, unit: 'ms' });
});

test('the longest chain counts phases, and the first in the file wins', () => {
  expect(planTask(diamond).longestChain).toEqual(['A', 'B', 'D']);
});

describe('what can be at work at once', () => {
  test('is what nothing orders', () => {
    // B, C and E; their widest groups are 1, 2 and 1. But A with its three and E are more.
    expect(planTask(diamond).maxParallelism).toEqual({ phases: 3, steps: 4 });
  });

  test('is bounded by the concurrency of the task', () => {
    const wide = (concurrency: TaskSource['concurrency']) =>
      planTask(
        define({
          name: 't',
          concurrency,
          phases: ['A', 'B', 'C'].map((name) => phase(name, [], { agents: ['a', 'b', 'c', 'd'] })),
        }),
      ).maxParallelism;
    expect(wide({})).toEqual({ phases: 3, steps: 12 });
    expect(wide({ phases: 2 })).toEqual({ phases: 2, steps: 8 });
    expect(wide({ steps: 2 })).toEqual({ phases: 3, steps: 6 });
  });

  test('is at most 64 steps of a phase when the task says nothing', () => {
    const agents = Array.from({ length: 100 }, (_, index) => `a${index}`);
    expect(planTask(define({ name: 't', phases: [phase('A', [], { agents })] })).maxParallelism.steps).toBe(
      64,
    );
  });

  test('is right for any graph', () => {
    const graph = fc.array(
      fc.record({
        weight: fc.integer({ min: 0, max: 3 }),
        edges: fc.array(fc.nat({ max: 6 }), { maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 7 },
    );
    fc.assert(
      fc.property(graph, (nodes) => {
        const phases = nodes.map(({ edges }, index) => ({
          ...(diamond.phases[0] as TaskDefinition['phases'][number]),
          name: `${index}`,
          dependsOn: [...new Set(edges)].filter((edge) => edge < index).map(String),
        }));
        const weightOf = ({ name }: { name: string }) => nodes[Number(name)]?.weight ?? 0;
        expect(heaviestAntichain(phases, weightOf)).toBe(heaviestByTrying(phases, weightOf));
      }),
    );
  });
});

test('agents are listed once, sorted', () => {
  expect(planTask(diamond).agents).toEqual(['a', 'b', 'c', 'x', 'y', 'z', '{{ item }}']);
});

test('a plan is plain JSON', () => {
  const plan = planTask(diamond);
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
});

/** Tries every set of phases. */
function heaviestByTrying(
  phases: readonly { name: string; dependsOn: readonly string[] }[],
  weightOf: (phase: { name: string }) => number,
): number {
  const before = new Map<string, Set<string>>();
  for (const { name, dependsOn } of phases) {
    before.set(name, new Set(dependsOn.flatMap((other) => [other, ...(before.get(other) ?? [])])));
  }
  let heaviest = 0;
  for (let set = 0; set < 2 ** phases.length; set++) {
    const chosen = phases.filter((_, index) => (set & (1 << index)) !== 0);
    if (chosen.some(({ name }) => chosen.some((other) => before.get(name)?.has(other.name)))) continue;
    heaviest = Math.max(
      heaviest,
      chosen.reduce((sum, one) => sum + weightOf(one), 0),
    );
  }
  return heaviest;
}
