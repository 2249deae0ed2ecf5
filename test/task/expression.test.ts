import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate, explain, parseExpression } from '../../src/task/expression.ts';

const scope = {
  input: { amount: 100, ticker: 'BTC', google: 3, int: 7, note: null, list: [1, 2, 3], item: 'from input' },
  phases: { Analysis: { status: 'completed', outputs: { score: 0.5 } } },
  outputs: { Analysis: { score: 0.5 } },
  results: { trend: { score: 1, stance: 'buy' }, risk: { score: -2, stance: 'sell' } },
  execution: { id: 'e1', task: 't', version: '1.0.0' },
};

describe('numbers are doubles', () => {
  test.each([
    ['input.amount * 2 > 100', true],
    ['input.amount + 1', 101],
    ['7 / 2', 3.5],
    ['-5', -5],
    ['5u + 1', 6],
    ['0x10', 16],
    ['size(input.ticker) + 0.5', 3.5],
    ['input.list.size() == 3', true],
    ['int("5") + 1', 6],
    ['int(2.9)', 2],
    ['amount % 7', 2],
    ['input.ticker.indexOf("C") - 1', 1],
    ['string(3)', '3'],
    ['double("1.5")', 1.5],
    ['[1, 2, 3][size(input.list) - 1]', 3],
    ['input.list[0] + input.list[1]', 3],
    ['input.ticker.substring(1)', 'TC'],
    ['input.ticker.substring(0, input.list[1])', 'BT'],
    ['"a-b-c".split("-", 2)', ['a', 'b-c']],
    ['"a-b".split("-", 0)', []],
    ['"a-b".split("-", -1)', ['a', 'b']],
    ['"abab".indexOf("a", 1)', 2],
    ['"abab".lastIndexOf("a", 1)', 0],
    ['input.list.map(x, x * 2)', [2, 4, 6]],
    ['input.list.map(x, x > 1, x + 1)', [3, 4]],
    ['input.list.filter(x, x > 1).size()', 2],
    ['input.list.exists_one(x, x == 2)', true],
  ])('%s', (text, value) => {
    expect(evaluate(text, scope)).toEqual(value);
  });
});

describe('names', () => {
  test.each([
    ['amount > 0', true],
    ['google + int', 10],
    ['note == null', true],
    ['phases["Analysis"].status', 'completed'],
    ['outputs.Analysis.score', 0.5],
    ['results.all(agent, results[agent].score < 2)', true],
    ['results.exists(agent, results[agent].stance == "sell")', true],
    ['has(input.nothing)', false],
    ['has(input.list)', true],
    ['"ticker" in input', true],
    ['item', 'from input'],
  ])('%s', (text, value) => {
    expect(evaluate(text, scope)).toEqual(value);
  });

  test('the scope goes before the input', () => {
    expect(evaluate('item', { ...scope, item: 'from scope' })).toBe('from scope');
  });

  test('a name that nothing has is an error', () => {
    expect(() => evaluate('amont > 0', scope)).toThrow(
      expect.objectContaining({
        code: 'EXPRESSION_UNKNOWN_NAME',
        message: expect.stringContaining("'amont'"),
      }),
    );
  });

  test.each(['constructor', 'toString', 'input.constructor', 'input["__proto__"]', 'input.list.length'])(
    '%s is not read from a prototype',
    (text) => {
      expect(() => evaluate(text, scope)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^EXPRESSION_/) }),
      );
    },
  );
});

describe('equality', () => {
  test.each([
    ['input.ticker == 3', false],
    ['input.ticker != null', true],
    ['input.list == [1, 2, 3]', true],
    ['input.list == [1, 2]', false],
    ['input.list == {"0": 1}', false],
    ['results.trend == {"score": 1, "stance": "buy"}', true],
    ['results.trend == {"score": 1, "other": "buy"}', false],
    ['results.trend == results.risk', false],
    ['input.note == {}', false],
  ])('%s is %s', (text, value) => {
    expect(evaluate(text, scope)).toBe(value);
  });
});

test.each([
  ['input.amount / 0 > 1', 'division by zero'],
  ['input.amount % 0 == 0', 'division by zero'],
  ['input.nothing > 0', 'No such key: nothing'],
  ['input.list[7]', 'out of bounds'],
  ['input.ticker > 3', 'no such overload'],
  ['input.ticker.matches("(")', 'pattern is not valid'],
])('%s cannot be computed: %s', (text, reason) => {
  expect(() => evaluate(text, scope)).toThrow(
    expect.objectContaining({ code: 'EXPRESSION_FAILED', message: expect.stringContaining(reason) }),
  );
});

test.each([
  ['amount >', 'Unexpected token'],
  ['', 'Unexpected token'],
  ['1 + "a"', 'no such overload'],
  ['siz(input)', "did you mean 'size'?"],
  ['now()', "unknown function 'now'"],
  ['timestamp("2020-01-01T00:00:00Z")', "unknown function 'timestamp'"],
  ['cel.bind(a, 1, a)', "unknown function 'bind'"],
  ['b"x" == b"x"', 'bytes are not JSON'],
  ['__proto__', 'Reserved'],
])('%j does not parse: %s', (text, reason) => {
  expect(() => parseExpression(text)).toThrow(
    expect.objectContaining({ code: 'EXPRESSION_SYNTAX', message: expect.stringContaining(reason) }),
  );
});

test.each([
  ['4 KiB', `"${'x'.repeat(4096)}"`],
  ['depth', `${'('.repeat(40)}1${')'.repeat(40)}`],
  ['parts', `${'!'.repeat(3000)}true`],
  ['list parts', `[${'1,'.repeat(1500)}1]`],
])('limits: %s', (_, text) => {
  expect(() => parseExpression(text)).toThrow(expect.objectContaining({ code: 'EXPRESSION_TOO_LARGE' }));
});

test.each([
  'big.all(x, big.all(y, x + y >= 0))',
  'big.exists(x, big.exists(y, x + y < 0))',
  'big.map(x, big.map(y, [x, y]))',
])('nested macros end: %s', (text) => {
  const big = Array.from({ length: 1000 }, (_, index) => index);
  expect(() => evaluate(text, { input: { big } })).toThrow(
    expect.objectContaining({ code: 'EXPRESSION_TOO_LARGE' }),
  );
});

test('turns are counted for each evaluation anew', () => {
  const list = Array.from({ length: 60_000 }, (_, index) => index);
  for (let time = 0; time < 3; time++)
    expect(evaluate('list.all(x, x >= 0)', { input: { list } })).toBe(true);
});

test('macros as bodies of macros count too', () => {
  expect(evaluate('rows.all(row, has(row.id))', { input: { rows: [{ id: 1 }, { id: 2 }] } })).toBe(true);
});

test('a parsed expression says what it needs and reads', () => {
  const { roots, paths } = parseExpression(
    'amount > 0 && phases["A b"].outputs.x == results.map(r, results[r].y)[0] && {"k": item}.k == list[0].z',
  );
  expect(roots).toEqual(['amount', 'phases', 'results', 'item', 'list']);
  expect(paths).toEqual([
    ['amount'],
    ['phases', 'A b', 'outputs', 'x'],
    ['results'],
    ['item'],
    ['list', '0', 'z'],
  ]);
});

test('explain gives the values an expression saw', () => {
  const seen = explain('amount > 0 && results["trend"].score > phases["X y"].outputs.z && size(long) > 0', {
    ...scope,
    input: { ...scope.input, long: 'x'.repeat(300) },
  });
  expect(seen).toMatchObject({
    amount: 100,
    'results.trend.score': 1,
    'phases["X y"].outputs.z': '(missing)',
  });
  expect(seen.long).toHaveLength(200);
  expect(explain(parseExpression('1 == 1'), scope)).toEqual({});
});

test('the same text gives the same value again, from the cache and from a parsed form', () => {
  const parsed = parseExpression('amount * 2');
  expect([
    evaluate(parsed, scope),
    evaluate('amount * 2', scope),
    evaluate(parsed, { input: { amount: 1 } }),
  ]).toEqual([200, 200, 2]);
});

test('any text parses or is refused as a TroupeError', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'ab.0"\'()[]{}+-*/%<>=!&|?:, \\\n'), maxLength: 60 }),
      (text) => {
        try {
          evaluate(text, { input: { a: 1, b: [1, { a: 2 }] } });
        } catch (error) {
          expect(error).toMatchObject({ name: 'TroupeError', code: expect.stringMatching(/^EXPRESSION_/) });
        }
      },
    ),
    { numRuns: 2000 },
  );
});
