import { expect, test } from 'vitest';
import { differenceOf, pairsOf, textOf } from '../../../web/src/compare/pairs.ts';
import type { Compared, ComparedStep } from '../../../web/src/compare/types.ts';

test('phases and steps stand side by side by name; what one lacks is told', () => {
  const pairs = pairsOf(
    report({ Read: [step('a')], Gone: [step('b')] }),
    report({ Read: [step('a', { attempts: 2 })], New: [] }),
  );
  expect(pairs.map(({ name, a, b }) => [name, a !== undefined, b !== undefined])).toEqual([
    ['Read', true, true],
    ['Gone', true, false],
    ['New', false, true],
  ]);
  expect(pairs[0]?.steps).toMatchObject([{ name: 'a', isDifferent: true }]);
  expect(pairs[1]?.steps).toMatchObject([{ name: 'b', b: undefined, isDifferent: true }]);
});

test('the order of keys is no difference', () => {
  const [a, b] = [
    step('a', { output: { x: 1, y: [{ p: 1, q: 2 }] } }),
    step('a', { output: { y: [{ q: 2, p: 1 }], x: 1 } }),
  ];
  expect(pairsOf(report({ One: [a] }), report({ One: [b] }))[0]?.steps[0]?.isDifferent).toBe(false);
  expect(textOf({ b: 1, a: 2 })).toBe('{\n  "a": 2,\n  "b": 1\n}');
});

test('a difference has its sign, and is silent where nothing is known', () => {
  const format = (value: number) => `${value} ms`;
  expect(differenceOf(1, 4, format)).toBe('+3 ms');
  expect(differenceOf(4, 1, format)).toBe('−3 ms');
  expect(differenceOf(4, 4, format)).toBe('=');
  expect(differenceOf(4, null, format)).toBe('');
});

function step(id: string, extra: Partial<ComparedStep> = {}): ComparedStep {
  const ended = { status: 'succeeded', attempts: 1, durationMs: 10, output: null, error: null };
  return { id, kind: 'agent', agent: 'worker', ...ended, ...extra };
}

function report(phases: { readonly [name: string]: readonly ComparedStep[] }): Compared {
  return {
    execution: 'e',
    task: 't',
    version: '1.0.0',
    status: 'completed',
    startedAt: '2020-01-01T00:00:00.000Z',
    durationMs: 10,
    input: {},
    outputs: {},
    error: null,
    usage: { tokens: 0, usd: 0, timeMs: 0 },
    phases: Object.entries(phases).map(([name, steps]) => ({
      name,
      status: 'completed',
      durationMs: 1,
      steps,
    })),
  };
}
