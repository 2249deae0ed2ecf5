import { describe, expect, it } from 'vitest';
import type { GraphNode, TaskGraph } from '../../../src/inspection/documents.ts';
import {
  arrangeSimply,
  isPlain,
  isWide,
  outlineOf,
  shapeOf,
  withNewSteps,
} from '../../../web/src/execution/graph/arrangement.ts';

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

  it('has the same shape when only steps came', () => {
    const more = graph({ 'phase:a': ['step:1', 'step:2', 'step:9'], 'phase:b': ['step:3'] }, [
      ['phase:a', 'phase:b'],
    ]);
    expect(shapeOf(outlineOf(more, new Set()))).toBe(shapeOf(outlineOf(chain, new Set())));
    expect(shapeOf(outlineOf(chain, new Set(['phase:a'])))).not.toBe(shapeOf(outlineOf(chain, new Set())));
  });
});

describe('arrangement', () => {
  it('needs no routing for phases one after the other', () => {
    expect(isPlain(outlineOf(chain, new Set()))).toBe(true);
    const fork = graph({ a: ['1'], b: ['2'], c: ['3'] }, [
      ['a', 'b'],
      ['a', 'c'],
    ]);
    expect(isPlain(outlineOf(fork, new Set()))).toBe(false);
  });

  it('goes across where steps stand side by side', () => {
    const fan = graph({ a: ['1', '2', '3', '4', '5'] }, [
      ['1', '2'],
      ['1', '3'],
      ['1', '4'],
      ['1', '5'],
    ]);
    const [phase] = outlineOf(fan, new Set()).phases;
    expect(phase !== undefined && isWide(phase)).toBe(true);
  });

  it('lets nothing overlap', () => {
    const fork = graph({ a: ['1'], b: ['2', '3'], c: ['4'], d: [] }, [
      ['a', 'b'],
      ['a', 'c'],
      ['b', 'd'],
      ['c', 'd'],
    ]);
    const { places } = arrangeSimply(outlineOf(fork, new Set()));
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
    const before = arrangeSimply(outlineOf(chain, new Set()));
    const more = outlineOf(
      graph({ 'phase:a': ['step:1', 'step:2', 'step:9'], 'phase:b': ['step:3'] }, [['phase:a', 'phase:b']]),
      new Set(),
    );
    const after = withNewSteps(before, more);
    for (const id of ['step:1', 'step:2', 'phase:b', 'step:3'])
      expect(after.places.get(id)).toEqual(before.places.get(id));
    expect(after.places.get('step:9')).toBeDefined();
    expect(withNewSteps(after, more)).toBe(after);
  });
});
