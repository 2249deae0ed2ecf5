import { expect, test } from 'vitest';
import { isDate } from '../../src/task/json-formats.ts';
import { checkSchema, validateJson } from '../../src/task/json-schema.ts';

const schema = {
  type: 'object',
  properties: {
    a: { type: 'number' },
    b: { enum: ['x', 'y'] },
    c: { type: 'array', items: { type: 'integer' } },
    'd/e': { const: 1 },
  },
  required: ['a', 'z'],
  additionalProperties: false,
};

test('every misfit is located', () => {
  expect(validateJson(schema, { a: '1', b: 1, c: [1, 'q'], 'd/e': 2, k: 1 })).toEqual([
    { path: '', message: "must have 'z'" },
    { path: '', message: "must not have 'k'" },
    { path: 'a', message: 'must be number' },
    { path: 'b', message: 'must be one of "x", "y"' },
    { path: 'c[1]', message: 'must be integer' },
    { path: '["d/e"]', message: 'must be 1' },
  ]);
});

test('a value that fits has no problems, also from a copy of the schema', () => {
  const number = { type: 'number', minimum: 1 };
  expect(validateJson(number, 1)).toEqual([]);
  expect(validateJson({ ...number }, 2)).toEqual([]);
  expect(validateJson(number, 0)).toEqual([{ path: '', message: 'must be >= 1' }]);
});

test('nested places read like code', () => {
  const nested = {
    type: 'object',
    properties: { v: { type: 'object', properties: { 'x y': { type: 'null' } } } },
  };
  expect(validateJson(nested, { v: { 'x y': 1 } })).toEqual([{ path: 'v["x y"]', message: 'must be null' }]);
});

test('at most 20 problems are told', () => {
  const list = { type: 'array', items: { type: 'string' } };
  expect(
    validateJson(
      list,
      Array.from({ length: 1000 }, () => 1),
    ),
  ).toHaveLength(20);
});

test('a long list of allowed values is cut', () => {
  const values = Array.from({ length: 200 }, (_, index) => `value-${index}`);
  expect(validateJson({ enum: values }, 'x')[0]?.message).toHaveLength('must be one of '.length + 200);
});

test('patterns are matched in linear time', () => {
  expect(validateJson({ type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(5000)}b`)).toEqual([
    { path: '', message: 'must match pattern "^(a+)+$"' },
  ]);
});

test('each pattern of a schema is its own', () => {
  const two = {
    type: 'object',
    properties: { a: { type: 'string', pattern: '^a$' }, b: { type: 'string', pattern: '^b$' } },
  };
  expect(validateJson(two, { a: 'a', b: 'b' })).toEqual([]);
  expect(validateJson(two, { a: 'b', b: 'b' })).toMatchObject([{ path: 'a' }]);
});

test.each([
  ['date', '2020-02-29', true],
  ['date', '2021-02-29', false],
  ['date', '1900-02-29', false],
  ['date', '2000-02-29', true],
  ['date', '2020-13-01', false],
  ['date', '2020-04-31', false],
  ['date', '2020-04-00', false],
  ['date', 'today', false],
  ['date-time', '2020-01-02T03:04:05Z', true],
  ['date-time', '2020-01-02T03:04:05.123+02:00', true],
  ['date-time', '2020-01-02T25:04:05Z', false],
  ['date-time', '2020-01-02', false],
  ['email', 'a@b', true],
  ['email', 'a b@c', false],
  ['uri', 'https://example.org/x', true],
  ['uri', 'nope', false],
  ['uuid', '123e4567-e89b-12d3-a456-426614174000', true],
  ['uuid', '123e4567', false],
])('format %s: %s is %s', (format, text, fits) => {
  expect(validateJson({ type: 'string', format }, text)).toHaveLength(fits ? 0 : 1);
});

test.each([
  ['an unknown type', { type: 'nope' }],
  ['an unknown keyword', { typ: 'string' }],
  ['an unknown format', { type: 'string', format: 'colour' }],
  ['a remote reference', { $ref: 'https://example.org/schema' }],
  ['a wrong pattern', { type: 'string', pattern: '(' }],
])('a schema with %s is refused', (_, wrong) => {
  expect(() => checkSchema(wrong)).toThrow(expect.objectContaining({ code: 'SCHEMA_INVALID' }));
});

test.each(['http://json-schema.org/draft-07/schema#', 'https://json-schema.org/draft/2020-12/schema'])(
  '$schema %s is known',
  ($schema) => {
    expect(validateJson({ $schema, type: 'string' }, 1)).toHaveLength(1);
  },
);

test('isDate is about days that exist', () => {
  expect([isDate('2024-12-31'), isDate('2024-12-32')]).toEqual([true, false]);
});
