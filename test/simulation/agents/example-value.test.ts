import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readAgentFile } from '../../../src/agent/read.ts';
import { exampleOf } from '../../../src/simulation/agents/example-value.ts';
import { validateJson } from '../../../src/task/json-schema.ts';

describe('an example fits its schema', () => {
  test.each([
    [{ type: 'integer', minimum: 3 }],
    [{ type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 }],
    [{ type: 'number', maximum: -5 }],
    [{ type: 'integer', minimum: 10, multipleOf: 7 }],
    [{ type: 'number', exclusiveMinimum: 1 }],
    [{ type: 'string', minLength: 30, maxLength: 40 }],
    [{ type: 'string', maxLength: 2 }],
    [{ type: 'string', format: 'date-time' }],
    [{ type: ['null', 'boolean'] }],
    [{ type: 'null' }],
    [{ enum: ['b', 'a'] }],
    [{ const: { x: 1 } }],
    [{ type: 'array', minItems: 3, items: { type: 'number' } }],
    [{ type: 'array', prefixItems: [{ type: 'number' }, { type: 'string' }] }],
    [{ type: 'array', maxItems: 0 }],
    [{ oneOf: [{ type: 'object', required: ['a'], properties: { a: { const: 1 } } }, { type: 'string' }] }],
    [
      {
        allOf: [
          { type: 'object', required: ['a'] },
          { required: ['b'], properties: { b: { type: 'number' } } },
        ],
      },
    ],
    [{ type: 'object', required: ['x'], additionalProperties: { type: 'number' } }],
    [
      {
        type: 'object',
        properties: { kind: { enum: ['a', 'b'] } },
        if: { properties: { kind: { const: 'a' } } },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
        then: { required: ['why'] },
        else: { required: ['other'] },
      },
    ],
    [
      {
        $defs: {
          node: {
            type: 'object',
            required: ['next'],
            properties: { next: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/node' }] } },
          },
        },
        $ref: '#/$defs/node',
      },
    ],
  ])('%j', (schema) => {
    expect(validateJson(schema, exampleOf(schema))).toEqual([]);
  });

  test('also those of all agents that ship', async () => {
    const files = readdirSync('agents').filter((file) => file.endsWith('.md'));
    for (const file of files) {
      const { definition } = await readAgentFile(`agents/${file}`);
      if (definition?.outputSchema === undefined) continue;
      expect({
        file,
        misfits: validateJson(definition.outputSchema, exampleOf(definition.outputSchema)),
      }).toEqual({
        file,
        misfits: [],
      });
    }
  });

  test('a schema that asks for itself ends', () => {
    const endless = { type: 'object', required: ['self'], properties: { self: { $ref: '#' } } };
    expect(JSON.stringify(exampleOf(endless)).length).toBeLessThan(1000);
  });
});
