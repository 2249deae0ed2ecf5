import type { Json } from '../../json.ts';
import { validateJson } from '../../task/json-schema.ts';

interface Schema {
  readonly [keyword: string]: unknown;
}

/** A small value that fits the JSON Schema as far as its common keywords say; always the same for the same schema. */
export function exampleOf(schema: Schema): Json {
  return exampleAt(schema, schema, 0);
}

/** Schemas may refer to themselves. */
const MAX_DEPTH = 12;

function exampleAt(given: unknown, root: Schema, depth: number): Json {
  if (typeof given !== 'object' || given === null || depth > MAX_DEPTH) return null;
  const schema = resolved(given as Schema, root);
  for (const keyword of ['const', 'default', 'example']) {
    if (schema[keyword] !== undefined) return schema[keyword] as Json;
  }
  for (const keyword of ['examples', 'enum']) {
    const values = schema[keyword];
    if (Array.isArray(values) && values.length > 0) return values[0] as Json;
  }
  const [choice] = listOf(schema.oneOf ?? schema.anyOf);
  if (choice !== undefined) return exampleAt(merged([schema, choice as Schema]), root, depth + 1);
  const parts = listOf(schema.allOf).map((part) => resolved(part as Schema, root));
  if (parts.length > 0 || schema.if !== undefined) {
    const whole = merged([schema, ...parts]);
    const plain = exampleAt(whole, root, depth + 1);
    const holding = [schema, ...parts].flatMap((part) => consequence(part, plain));
    return holding.length === 0 ? plain : exampleAt(merged([whole, ...holding]), root, depth + 1);
  }
  return exampleOfType(typeOf(schema), schema, root, depth);
}

/** What the value's `if` asks of it in addition. */
function consequence(schema: Schema, value: Json): readonly Schema[] {
  if (typeof schema.if !== 'object' || schema.if === null) return [];
  const then = validateJson(schema.if, value).length === 0 ? schema.then : schema.else;
  return typeof then === 'object' && then !== null ? [then as Schema] : [];
}

function exampleOfType(type: unknown, schema: Schema, root: Schema, depth: number): Json {
  switch (type) {
    case 'object': {
      const required = listOf(schema.required) as readonly string[];
      const properties = (schema.properties ?? {}) as { readonly [name: string]: unknown };
      const open = schema.additionalProperties;
      const names = [...new Set([...Object.keys(properties), ...required])];
      // Deep down only what must be there, so that a schema that contains itself ends.
      const shown = depth < MAX_DEPTH / 3 ? names : names.filter((name) => required.includes(name));
      return Object.fromEntries(
        shown.map((name) => [
          name,
          exampleAt(properties[name] ?? open ?? { type: 'string' }, root, depth + 1),
        ]),
      );
    }
    case 'array': {
      const [first, ...others] = listOf(schema.prefixItems);
      if (first !== undefined) return [first, ...others].map((item) => exampleAt(item, root, depth + 1));
      const count = Math.max(numberOf(schema.minItems, 0), depth < MAX_DEPTH / 3 ? 1 : 0);
      const most = numberOf(schema.maxItems, count);
      return Array.from({ length: Math.min(count, most, 100) }, () =>
        exampleAt(schema.items ?? {}, root, depth + 1),
      );
    }
    case 'integer':
    case 'number':
      return exampleNumber(schema);
    case 'boolean':
      return true;
    case 'string':
      return exampleText(schema);
    default:
      return null;
  }
}

function exampleNumber(schema: Schema): number {
  const above = numberOf(schema.exclusiveMinimum, Number.NEGATIVE_INFINITY);
  const below = numberOf(schema.exclusiveMaximum, Number.POSITIVE_INFINITY);
  const low = Math.max(numberOf(schema.minimum, Number.NEGATIVE_INFINITY), above);
  const high = Math.min(numberOf(schema.maximum, Number.POSITIVE_INFINITY), below);
  const step = numberOf(schema.multipleOf, 1);
  if (low < 0 && high > 0) return 0;
  const start = Number.isFinite(low) ? Math.ceil(low / step) * step : Math.floor(high / step) * step;
  if (start > low || (start === low && start !== above)) {
    if (start < high || (start === high && start !== below)) return start;
  }
  const next = Number.isFinite(low) ? start + step : start - step;
  return next > low && next < high ? next : (low + high) / 2;
}

const FORMATS: { readonly [format: string]: string } = {
  date: '2020-01-01',
  'date-time': '2020-01-01T00:00:00Z',
  time: '00:00:00Z',
  email: 'someone@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

function exampleText(schema: Schema): string {
  const format = typeof schema.format === 'string' ? FORMATS[schema.format] : undefined;
  const text = (format ?? 'example').padEnd(Math.min(numberOf(schema.minLength, 0), 10_000), ' example');
  return text.slice(0, numberOf(schema.maxLength, text.length));
}

function typeOf(schema: Schema): unknown {
  const [type] = listOf(schema.type ?? []).filter((name) => name !== 'null');
  if (type !== undefined) return type;
  if (schema.type !== undefined && !Array.isArray(schema.type)) return schema.type;
  if (schema.properties !== undefined || schema.required !== undefined) return 'object';
  if (schema.items !== undefined || schema.prefixItems !== undefined) return 'array';
  if (schema.minimum !== undefined || schema.maximum !== undefined) return 'number';
  return 'string';
}

function resolved(schema: Schema, root: Schema): Schema {
  let found: unknown = schema;
  for (let hop = 0; hop < MAX_DEPTH; hop += 1) {
    const reference = (found as Schema).$ref;
    if (typeof reference !== 'string') break;
    const target = targetOf(reference, root);
    if (typeof target !== 'object' || target === null) return {};
    found = target;
  }
  return found as Schema;
}

/** Of references within the schema: `#`, `#/$defs/name`. */
function targetOf(reference: string, root: Schema): unknown {
  if (!reference.startsWith('#')) return undefined;
  const path = reference.slice(1).split('/').slice(1);
  return path.reduce<unknown>((found, escaped) => {
    const key = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    return typeof found === 'object' && found !== null && Object.hasOwn(found, key)
      ? (found as Schema)[key]
      : undefined;
  }, root);
}

function merged(schemas: readonly Schema[]): Schema {
  const all = schemas.map(({ oneOf: _, anyOf: __, allOf: ___, if: ____, ...rest }) => rest as Schema);
  return Object.assign({}, ...all, {
    ...(all.some(({ properties }) => properties !== undefined)
      ? { properties: Object.assign({}, ...all.map(({ properties }) => properties ?? {})) }
      : {}),
    ...(all.some(({ required }) => required !== undefined)
      ? { required: [...new Set(all.flatMap(({ required }) => listOf(required)))] }
      : {}),
  });
}

function listOf(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
