import { describe, expect, it } from 'vitest';
import { criticalPath, type PhaseSpan } from '../../src/inspection/critical-path.ts';

function span(name: string, startedAt: number, endedAt: number, ...dependsOn: string[]): PhaseSpan {
  return { name, dependsOn, startedAt, endedAt };
}

function names(spans: readonly PhaseSpan[]): readonly string[] {
  return criticalPath(spans).map(({ name }) => name);
}

describe('the critical path', () => {
  it('follows the dependency that ended last', () => {
    const spans = [
      span('a', 0, 5),
      span('fast', 5, 6, 'a'),
      span('slow', 5, 20, 'a'),
      span('end', 20, 25, 'fast', 'slow'),
    ];
    expect(names(spans)).toEqual(['a', 'slow', 'end']);
  });

  it('ends with the phase that ended last, also when nothing depends on it', () => {
    expect(names([span('a', 0, 5), span('b', 5, 6, 'a'), span('side', 0, 9)])).toEqual(['side']);
  });

  it('goes through the phase that left its place, where a phase had to wait for one', () => {
    const spans = [span('first', 0, 5), span('holder', 5, 30), span('late', 30, 40, 'first')];
    expect(names(spans)).toEqual(['first', 'holder', 'late']);
  });

  it('passes phases that took no time, and ends', () => {
    const spans = [span('a', 0, 0), span('b', 0, 0, 'a'), span('c', 0, 7, 'b'), span('d', 7, 7, 'c')];
    expect(names(spans)).toEqual(['a', 'b', 'c']);
  });

  it('of nothing is empty', () => {
    expect(criticalPath([])).toEqual([]);
  });
});
