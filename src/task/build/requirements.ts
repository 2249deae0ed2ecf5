import type { TaskDefinition } from '../definition.ts';
import { SCOPE_ROOTS } from '../expression.ts';
import { checkSchema, validateJson } from '../json-schema.ts';
import { type Located, type LocatedEntry, nameKind, toPlain } from '../source/located.ts';
import type { Report } from '../source/report.ts';
import { suggest } from '../suggest.ts';
import type { Fields } from './fields.ts';

/** The fields that an execution's input must have. */
export function buildRequirements(fields: Fields, report: Report): TaskDefinition['requirements'] {
  const entries = fields.map('requirements')?.entries ?? [];
  return Object.fromEntries(
    entries.map((entry) => {
      checkName(entry, report);
      return [entry.key.text, readSchema(entry.value, report)] as const;
    }),
  );
}

type Schema = Record<string, unknown>;

/** Type words beside JSON Schema's own. */
const TYPE_WORDS: ReadonlyMap<string, Schema> = new Map<string, Schema>([
  ...['string', 'number', 'integer', 'boolean', 'object', 'array'].map((type) => [type, { type }] as const),
  ['list', { type: 'array' }],
  ['date', { type: 'string', format: 'date' }],
  ['any', {}],
]);

function checkName({ key }: LocatedEntry, report: Report): void {
  if (!/^[A-Za-z_][\w-]{0,63}$/.test(key.text)) {
    const hint = 'begin with a letter; go on with letters, digits, _ and -';
    report.add(key.place, 'BAD_NAME', `'${key.text}' cannot be the name of a field`, hint);
  } else if (SCOPE_ROOTS.includes(key.text)) {
    const hint = `write input.${key.text} in expressions and templates`;
    report.add(key.place, 'SHADOWED', `'${key.text}' alone means something else in expressions`, hint);
  }
}

/** A type word, with `?` when the field may be left out, or a JSON Schema. */
function readSchema(value: Located, report: Report): Schema {
  if (value.kind === 'map') return readJsonSchema(value, report);
  const word = value.kind === 'scalar' ? value.text.trim() : '';
  const schema = TYPE_WORDS.get(word.replace(/\?$/, ''));
  if (schema === undefined) {
    const hint = () => suggest(word, TYPE_WORDS.keys(), 'types are');
    report.add(value.place, 'BAD_TYPE', `${nameKind(value)} is no type`, hint);
    return {};
  }
  return word.endsWith('?') ? { ...schema, 'x-optional': true } : { ...schema };
}

function readJsonSchema(value: Located, report: Report): Schema {
  // A map becomes an object.
  const { type, ...rest } = toPlain(value) as Schema;
  const word = typeof type === 'string' ? TYPE_WORDS.get(type) : undefined;
  const schema: Schema = { ...(word ?? (type === undefined ? {} : { type })), ...rest };
  try {
    checkSchema(schema);
  } catch (error) {
    report.add(value.place, 'BAD_SCHEMA', error instanceof Error ? error.message : String(error));
    return {};
  }
  for (const { path, message } of schema.default === undefined ? [] : validateJson(schema, schema.default)) {
    report.add(value.place, 'BAD_VALUE', `the default does not fit: ${path} ${message}`);
  }
  return schema;
}
