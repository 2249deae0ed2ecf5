import { describe, expect, it } from 'vitest';
import type { GraphNode, TaskGraph } from '../../../src/inspection/documents.ts';
import { arrange, outlineOf } from '../../../web/src/execution/graph/arrangement.ts';

const node = (id: string, parent: string | null): GraphNode => ({
  id,
  parent,
  title: id,
  kind: 'agent',
  agent: null,
  status: 'pending',
  state: 'pending',
  attempts: 0,
  startedAt: null,
  endedAt: null,
  isCritical: false,
});

function graph(
  phases: { readonly [phase: string]: readonly string[] },
  edges: readonly [string, string][],
): TaskGraph {
  return {
    nodes: Object.entries(phases).flatMap(([phase, steps]) => [
      node(phase, null),
      ...steps.map((step) => node(step, phase)),
    ]),
    edges: edges.map(([from, to]) => ({ from, to, isCritical: false })),
    expectedEndAt: null,
    expectedBy: null,
  };
}

const chain = graph({ 'phase:a': ['step:1', 'step:2'], 'phase:b': ['step:3'] }, [['phase:a', 'phase:b']]);

describe('outline', () => {
  it('tells edges inside of phases from those between them', () => {
    const { phases, edges } = outlineOf(
      graph({ a: ['1', '2'], b: ['3'] }, [
        ['1', '2'],
        ['2', '3'],
      ]),
      new Set(),
    );
    expect(phases[0]?.edges.map(({ id }) => id)).toEqual(['1→2']);
    expect(edges.map(({ id }) => id)).toEqual(['a→b']);
  });
});

describe('arrangement', () => {
  it('lists the steps of a phase below each other, with a gap where some wait for others', () => {
    const fan = graph({ a: ['1', '2', '3', '4'] }, [
      ['1', '2'],
      ['1', '3'],
      ['2', '4'],
      ['3', '4'],
    ]);
    const { places, joins } = arrange(outlineOf(fan, new Set()));
    const [one, two, three, four] = ['1', '2', '3', '4'].map((id) => places.get(id));
    expect(new Set([one?.x, two?.x, three?.x, four?.x]).size).toBe(1);
    const gap = (above: typeof one, below: typeof one) =>
      (below?.y ?? 0) - (above?.y ?? 0) - (above?.height ?? 0);
    expect(gap(one, two)).toBeGreaterThan(gap(two, three));
    expect(gap(three, four)).toBe(gap(one, two));
    expect(joins.get('a')).toEqual([
      expect.objectContaining({ above: ['1'], isWide: true }),
      expect.objectContaining({ above: ['2', '3'], isWide: true }),
    ]);
  });

  it('stands many parallel steps in rows', () => {
    const many = Array.from({ length: 60 }, (_, index) => `step ${index}`);
    const { places } = arrange(outlineOf(graph({ a: many }, []), new Set()));
    expect(new Set(many.map((id) => places.get(id)?.x)).size).toBeGreaterThan(1);
  });

  it('leads a line that passes a phase by above all of them', () => {
    const skip = graph({ a: ['1'], b: ['2'], c: ['3'] }, [
      ['a', 'b'],
      ['b', 'c'],
      ['a', 'c'],
    ]);
    const { routes } = arrange(outlineOf(skip, new Set()));
    expect(routes.get('a→b')?.length).toBe(2);
    expect(Math.min(...(routes.get('a→c') ?? []).map(({ y }) => y))).toBeLessThan(0);
  });

  it('lets nothing overlap', () => {
    const fork = graph({ a: ['1'], b: ['2', '3'], c: ['4'], d: [] }, [
      ['a', 'b'],
      ['a', 'c'],
      ['b', 'd'],
      ['c', 'd'],
    ]);
    const { places } = arrange(outlineOf(fork, new Set()));
    const phases = ['a', 'b', 'c', 'd'].map((id) => places.get(id));
    for (const [index, one] of phases.entries()) {
      for (const other of phases.slice(index + 1)) {
        if (one === undefined || other === undefined) throw new Error('A phase has no place');
        const isApart =
          one.x + one.width <= other.x ||
          other.x + other.width <= one.x ||
          one.y + one.height <= other.y ||
          other.y + other.height <= one.y;
        expect(isApart).toBe(true);
      }
    }
  });

  it('moves nothing but what stands below when steps come', () => {
    const before = arrange(outlineOf(chain, new Set()));
    const more = outlineOf(
      graph({ 'phase:a': ['step:1', 'step:2', 'step:9'], 'phase:b': ['step:3'] }, [['phase:a', 'phase:b']]),
      new Set(),
    );
    const after = arrange(more);
    for (const id of ['step:1', 'step:2', 'phase:b', 'step:3'])
      expect(after.places.get(id)).toEqual(before.places.get(id));
    expect(after.places.get('step:9')).toBeDefined();
  });
});
