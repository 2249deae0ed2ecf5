import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/json.ts';
import {
  AGGREGATE_KINDS,
  type AggregateFunction,
  type AggregateItem,
  aggregate,
} from '../../src/task/aggregate.ts';

/** Outputs of agents `a`, `b`, `c`…, in that order. */
function outputs(...values: Json[]): AggregateItem[] {
  return values.map((output, index) => {
    const agent = String.fromCharCode(97 + index);
    return { agent, step: `step-${agent}`, output };
  });
}

describe('collect', () => {
  test('keeps every output under its agent', () => {
    expect(aggregate('collect', outputs(1, { x: 2 }))).toEqual({ items: { a: 1, b: { x: 2 } }, count: 2 });
    expect(aggregate('collect', [])).toEqual({ items: {}, count: 0 });
  });

  test('an agent with several outputs is listed by step', () => {
    const items = [
      { agent: 'a', step: 's_1', output: 1 },
      { agent: 'a', step: 's_2', output: 2 },
      { agent: 'b', step: 't', output: 3 },
    ];
    expect(aggregate('collect', items)).toEqual({ items: { s_1: 1, s_2: 2, b: 3 }, count: 3 });
  });
});

describe('merge', () => {
  test('later outputs win', () => {
    expect(aggregate('merge', outputs({ x: 1, y: 1 }, { y: 2 }))).toEqual({ x: 1, y: 2 });
  });

  test('only objects can be merged', () => {
    expect(() => aggregate('merge', outputs({}, [1]))).toThrow(
      expect.objectContaining({
        code: 'AGGREGATE_FAILED',
        message: expect.stringMatching(/'b' \(step 'step-b'\), \[1\]/),
      }),
    );
  });
});

describe('concat', () => {
  test.each([
    [outputs('x', 'y'), {}, { text: 'x\n\ny', count: 2 }],
    [outputs('x', 'y'), { separator: ', ' }, { text: 'x, y', count: 2 }],
    [outputs([1, 2], [3]), {}, { items: [1, 2, 3], count: 3 }],
    [outputs([1], 'x', { y: 1 }), {}, { items: [1, 'x', { y: 1 }], count: 3 }],
    [[], {}, { items: [], count: 0 }],
  ])('%j with %j', (items, options, result) => {
    expect(aggregate('concat', items, options)).toEqual(result);
  });
});

describe('majority', () => {
  test('the choice made most often wins; the others dissent', () => {
    expect(
      aggregate('majority', outputs({ vote: 'buy' }, { verdict: 'sell', reason: 'risk' }, 'buy ')),
    ).toEqual({
      choice: 'buy',
      share: 2 / 3,
      tally: { buy: 2, sell: 1 },
      votes: { a: 'buy', b: 'sell', c: 'buy' },
      dissent: [{ agent: 'b', choice: 'sell', reason: 'risk' }],
      count: 3,
    });
  });

  test('a tie goes to the choice made first', () => {
    expect(aggregate('majority', outputs('no', 'yes', 'yes', 'no'))).toMatchObject({
      choice: 'no',
      share: 0.5,
    });
    expect(aggregate('majority', outputs(true, false))).toMatchObject({
      choice: true,
      tally: { true: 1, false: 1 },
    });
  });

  test('a field can be chosen, also inside', () => {
    const items = outputs({ opinion: { side: 2 } }, { opinion: { side: 2 } });
    expect(aggregate('majority', items, { field: 'opinion.side' })).toMatchObject({ choice: 2, share: 1 });
  });

  test.each([
    [outputs({ x: 1 }), {}, /makes no choice \(looked at choice, vote/],
    [outputs({ x: {} }), { field: 'x' }, /makes no choice \(looked at x\)/],
    [outputs({ x: 1 }), { field: 'y.z' }, /has no field 'y.z'/],
    [[], {}, /no outputs/],
  ])('%j with %j does not fit', (items, options, reason) => {
    expect(() => aggregate('majority', items, options)).toThrow(reason);
  });
});

describe('weighted', () => {
  test('weight and confidence decide', () => {
    const items = outputs(
      { choice: 'buy', confidence: 0.9, score: 1 },
      { choice: 'sell', weight: 2, confidence: 0.25, score: -1, rationale: 'drawdown' },
      { choice: 'sell', confidence: 0.1 },
    );
    expect(aggregate('weighted', items)).toEqual({
      choice: 'buy',
      share: 0.9 / 1.5,
      score: (0.9 - 0.5) / 1.4,
      tally: { buy: 0.9, sell: 0.6 },
      votes: {
        a: { choice: 'buy', weight: 0.9, score: 1 },
        b: { choice: 'sell', weight: 0.5, score: -1 },
        c: { choice: 'sell', weight: 0.1 },
      },
      dissent: [
        { agent: 'b', choice: 'sell', weight: 0.5, reason: 'drawdown' },
        { agent: 'c', choice: 'sell', weight: 0.1 },
      ],
      count: 3,
    });
  });

  test('options can weigh agents', () => {
    const items = outputs({ choice: 'x' }, { choice: 'y', weight: 10 });
    expect(aggregate('weighted', items, { weights: { a: 3, b: 1 } })).toMatchObject({
      choice: 'x',
      share: 0.75,
      score: null,
    });
  });

  test('without any weight every vote counts one', () => {
    const items = outputs(
      { choice: 'x', confidence: 0 },
      { choice: 'y', confidence: 0 },
      { choice: 'y', confidence: 0 },
    );
    expect(aggregate('weighted', items)).toMatchObject({ choice: 'y', share: 2 / 3 });
  });

  test('a weight below zero does not fit', () => {
    expect(() => aggregate('weighted', outputs({ choice: 'x', weight: -1 }))).toThrow(/weight below 0/);
  });
});

describe('numbers', () => {
  test.each<[string, AggregateItem[], object, Json]>([
    [
      'mean',
      outputs(1, { score: 2 }, { value: 6 }),
      {},
      { value: 3, count: 3, values: { a: 1, b: 2, c: 6 } },
    ],
    ['median', outputs(5, 1, 3), {}, { value: 3, count: 3, values: { a: 5, b: 1, c: 3 } }],
    ['median', outputs(4, 1, 3, 2), {}, { value: 2.5, count: 4, values: { a: 4, b: 1, c: 3, d: 2 } }],
    ['median', outputs(4), {}, { value: 4, count: 1, values: { a: 4 } }],
    [
      'min',
      outputs(2, 1, 1),
      {},
      { value: 1, agent: 'b', output: 1, count: 3, values: { a: 2, b: 1, c: 1 } },
    ],
    [
      'max',
      outputs({ p: 2 }, { p: 3 }),
      { field: 'p' },
      { value: 3, agent: 'b', output: { p: 3 }, count: 2, values: { a: 2, b: 3 } },
    ],
    [
      'best',
      outputs({ score: 1, t: 'x' }, { score: 1, t: 'y' }),
      {},
      { agent: 'a', score: 1, output: { score: 1, t: 'x' } },
    ],
    ['best', outputs(3, 2), { order: 'asc' }, { agent: 'b', score: 2, output: 2 }],
  ])('%s of %j with %j', (kind, items, options, result) => {
    expect(aggregate(kind, items, { ...options })).toEqual(result);
  });

  test('rank puts the highest first and keeps file order among equals', () => {
    expect(aggregate('rank', outputs(1, 2, 2))).toEqual({
      ranking: [
        { rank: 1, agent: 'b', score: 2, output: 2 },
        { rank: 2, agent: 'c', score: 2, output: 2 },
        { rank: 3, agent: 'a', score: 1, output: 1 },
      ],
      count: 3,
    });
  });

  test.each([
    ['mean', outputs('x'), {}, /no number and has none in 'score' or 'value'/],
    ['max', outputs({ p: 'x' }), { field: 'p' }, /has no number in 'p'/],
    ['mean', outputs(null), { field: 'p' }, /has no field 'p'/],
    ['median', [], {}, /no outputs/],
    ['best', [], {}, /no outputs/],
    ['rank', outputs(1), { order: 'up' }, /order is 'desc'/],
  ])('%s of %j with %j does not fit', (kind, items, options, reason) => {
    expect(() => aggregate(kind, items, options)).toThrow(reason);
  });
});

describe('registered kinds', () => {
  const registry = new Map<string, AggregateFunction>([
    ['sum', (items: readonly AggregateItem[]) => items.reduce((sum, { output }) => sum + Number(output), 0)],
    ['mean', () => 'never'],
    [
      'broken',
      () => {
        throw new Error('no luck');
      },
    ],
  ]);

  test('are found by name and cannot replace those that ship', () => {
    expect(aggregate('sum', outputs(1, 2), {}, registry)).toBe(3);
    expect(aggregate('mean', outputs(1, 3), {}, registry)).toMatchObject({ value: 2 });
  });

  test('what they throw is a failed aggregate', () => {
    expect(() => aggregate('broken', [], {}, registry)).toThrow(
      expect.objectContaining({ code: 'AGGREGATE_FAILED', message: "aggregate 'broken': no luck" }),
    );
  });

  test.each([
    ['medien', "did you mean 'median'?"],
    ['xyz', `known are ${AGGREGATE_KINDS.join(', ')}`],
  ])('%s is unknown: %s', (kind, hint) => {
    expect(() => aggregate(kind, [])).toThrow(expect.objectContaining({ code: 'AGGREGATE_FAILED', hint }));
  });
});

test('a hostile agent name is a key like any other', () => {
  const items = [{ agent: '__proto__', step: 's', output: 1 }];
  expect(JSON.stringify(aggregate('collect', items))).toBe('{"items":{"__proto__":1},"count":1}');
});
