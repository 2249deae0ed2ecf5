import { describe, expect, test } from 'vitest';
import { checkInput } from '../../src/task/requirements.ts';

const requirements = {
  ticker: { type: 'string' },
  amount: { type: 'number' },
  days: { type: 'integer', 'x-optional': true },
  dryRun: { type: 'boolean', default: false },
  limits: { type: 'object', properties: { max: { type: 'number' } }, 'x-optional': true },
  tags: { type: ['array', 'null'], items: { type: 'string' }, 'x-optional': true },
  anything: { 'x-optional': true },
};
const good = { ticker: 'BTC', amount: 1 };

test('defaults are filled in; what may be left out may be', () => {
  expect(checkInput({ requirements }, good)).toEqual({ input: { ...good, dryRun: false }, problems: [] });
});

describe('texts become what the schema asks for', () => {
  test.each([
    ['amount', '10000', 10_000],
    ['amount', '-1.5e3', -1500],
    ['amount', ' .5 ', 0.5],
    ['days', '30', 30],
    ['dryRun', 'true', true],
    ['dryRun', 'false', false],
    ['limits', '{"max": 3}', { max: 3 }],
    ['tags', '["a"]', ['a']],
    ['tags', 'null', null],
    ['anything', '3', '3'],
    ['ticker', '123', '123'],
  ])('%s: %j', (field, text, value) => {
    const { input, problems } = checkInput({ requirements }, { ...good, [field]: text });
    expect(problems).toEqual([]);
    expect(input[field]).toEqual(value);
  });
});

describe('problems name the field', () => {
  test.each([
    [{ ticker: 'x' }, ["'amount' is required (number)"]],
    [{ ...good, amount: 'many' }, ["'amount' must be number"]],
    [{ ...good, amount: '1e999' }, ["'amount' must be number"]],
    [{ ...good, days: 1.5 }, ["'days' must be integer"]],
    [{ ...good, dryRun: 'yes' }, ["'dryRun' must be boolean"]],
    [{ ...good, limits: '{' }, ["'limits' must be object"]],
    [{ ...good, limits: { max: 'x' } }, ["'limits.max' must be number"]],
    [{ ...good, tags: ['a', 1] }, ["'tags[1]' must be string"]],
    [{ ...good, tiker: 'x' }, ["'tiker' is no field of this task; did you mean 'ticker'?"]],
    [
      { ...good, zzzzzz: 1 },
      ["'zzzzzz' is no field of this task; it knows ticker, amount, days, dryRun, limits, tags, anything"],
    ],
  ])('%j', (input, messages) => {
    expect(checkInput({ requirements }, input).problems.map(({ message }) => message)).toEqual(messages);
  });

  test('a task without requirements takes no field', () => {
    expect(checkInput({ requirements: {} }, { a: 1 }).problems).toMatchObject([
      { field: 'a', message: "'a' is no field of this task; it knows none" },
    ]);
  });

  test('a required field without a type', () => {
    expect(checkInput({ requirements: { x: {} } }, {}).problems[0]?.message).toBe("'x' is required");
  });
});

test('keys of prototypes are unknown fields', () => {
  const input = JSON.parse('{"ticker": "x", "amount": 1, "__proto__": {"days": 3}, "constructor": 1}');
  const checked = checkInput({ requirements }, input);
  expect(checked.problems.map(({ field }) => field)).toEqual(['__proto__', 'constructor']);
  expect(checked.input.days).toBeUndefined();
});

test('the checked input shares nothing with what was given', () => {
  const limits = { max: 1 };
  const { input } = checkInput({ requirements }, { ...good, limits });
  expect(input.limits).toEqual(limits);
  expect(input.limits).not.toBe(limits);
});
