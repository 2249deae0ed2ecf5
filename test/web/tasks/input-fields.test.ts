import { expect, test } from 'vitest';
import { fieldsOf, fieldsOfSchemas, readInput, textsOf } from '../../../web/src/tasks/input-fields.ts';
import { problemsByField } from '../../../web/src/tasks/problems-by-field.ts';

const FIELDS = fieldsOf([
  { field: 'ticker', type: 'string', required: true },
  { field: 'amount', type: 'number', required: true },
  { field: 'days', type: 'integer', required: false },
  { field: 'isDry', type: 'boolean', required: false },
  { field: 'risk', type: 'string', required: true, choices: ['low', 'high'] },
  { field: 'lines', type: 'array', required: false, default: ['a'] },
  { field: 'asOf', type: 'string', required: false, default: '' },
]);

test('each type has its control', () => {
  expect(FIELDS.map(({ control }) => control)).toEqual([
    'text',
    'number',
    'number',
    'boolean',
    'choice',
    'json',
    'text',
  ]);
});

test('defaults stand in the controls; what is typed is read as its type', () => {
  const texts = { ...textsOf(FIELDS), ticker: 'SPX', amount: '12.5', isDry: 'false', risk: '"high"' };
  expect(readInput(FIELDS, texts)).toEqual({
    input: { ticker: 'SPX', amount: 12.5, isDry: false, risk: 'high', lines: ['a'], asOf: '' },
    problems: {},
  });
});

test('what is wrong is told at its field', () => {
  const { problems } = readInput(FIELDS, { ...textsOf(FIELDS), amount: '12x', days: '1.5', lines: '[1,' });
  expect(Object.keys(problems)).toEqual(['ticker', 'amount', 'days', 'risk', 'lines']);
  expect(problems.amount).toBe("'12x' is no number.");
});

test('an input that was given stands in the controls again', () => {
  const fields = fieldsOfSchemas({
    risk: { enum: ['low', 'high'] },
    portfolio: { type: 'object', 'x-optional': true },
  });
  const texts = textsOf(fields, { risk: 'low', portfolio: { usd: 1 } });
  expect(texts).toEqual({ risk: '"low"', portfolio: '{\n  "usd": 1\n}' });
  expect(readInput(fields, texts).input).toEqual({ risk: 'low', portfolio: { usd: 1 } });
});

test('what the server says of a field is told there', () => {
  const problem = { title: '', detail: '', code: 'INPUT_INVALID', status: 422 };
  const where = [
    { field: 'amount', message: 'too little' },
    { field: 'input.ticker', message: 'unknown' },
    { field: 'elsewhere', message: 'no field' },
  ];
  expect(problemsByField({ ...problem, where }, FIELDS)).toEqual({ amount: 'too little', ticker: 'unknown' });
});
