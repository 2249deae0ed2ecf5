import { readFileSync } from 'node:fs';
import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { asyncApi, TARGET } from '../../scripts/asyncapi.ts';

describe('docs/asyncapi.yaml', () => {
  it('says what the schemas say (node scripts/asyncapi.ts writes it)', () => {
    expect(readFileSync(TARGET, 'utf8')).toBe(asyncApi());
  });

  it('is an AsyncAPI 3.0 document', () => {
    expect(problemsOf(parse(asyncApi()))).toEqual([]);
  });

  it('would not pass for one with an operation that does something unheard of', () => {
    const document = parse(asyncApi());
    document.operations.claim.action = 'demand';
    expect(problemsOf(document)).not.toEqual([]);
  });

  it('refers only to what it has', () => {
    const document = parse(asyncApi());
    const missing = referencesIn(document).filter((path) => lookUp(document, path) === undefined);
    expect(missing).toEqual([]);
  });

  it('names every part of an address as a parameter', () => {
    const { channels } = parse(asyncApi()) as { channels: Record<string, Channel> };
    for (const { address, parameters = {} } of Object.values(channels)) {
      const holes = Array.from(address?.matchAll(/\{(\w+)\}/g) ?? [], ([, name]) => name);
      expect(Object.keys(parameters).sort()).toEqual(holes.sort());
    }
  });
});

interface Channel {
  readonly address: string | null;
  readonly parameters?: Record<string, unknown>;
}

function problemsOf(document: unknown): readonly string[] {
  // Its formats (uri, email) are of no use here and would need one more package.
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const validate = ajv.compile(specs.schemasWithoutId['3.0.0']);
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === '$ref' ? [String(item)] : referencesIn(item),
  );
}

function lookUp(document: unknown, path: string): unknown {
  return path
    .split('/')
    .slice(1)
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);
}
