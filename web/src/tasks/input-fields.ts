import type { Json } from '../../../src/json.ts';
import type { Requirement } from '../api/types.ts';

/** How a field of a task's input is asked for. */
export interface InputField {
  readonly field: string;
  readonly control: 'text' | 'long' | 'number' | 'boolean' | 'choice' | 'json';
  /** A word for the type: `number`, `list`. */
  readonly type: string;
  readonly isRequired: boolean;
  readonly default: Json | undefined;
  readonly description: string | undefined;
  readonly choices: readonly Json[];
}

/** What stands in the controls: texts, as a person types them. A boolean is `true`, `false` or empty. */
export type InputTexts = { readonly [field: string]: string };

export interface ReadInput {
  /** Fields that are left empty are left out. */
  readonly input: { readonly [field: string]: Json };
  readonly problems: { readonly [field: string]: string };
}

/** Fields as the server tells them of a task. */
export function fieldsOf(requirements: readonly Requirement[]): readonly InputField[] {
  return requirements.map(({ field, type, required, choices = [], description, ...rest }) => ({
    field,
    control: controlFor(type, choices, rest.default),
    type,
    isRequired: required,
    default: rest.default,
    description,
    choices,
  }));
}

/** Fields of a definition as it was pinned: field → JSON Schema. */
export function fieldsOfSchemas(schemas: {
  readonly [field: string]: { readonly [key: string]: unknown };
}): readonly InputField[] {
  return fieldsOf(
    Object.entries(schemas).map(([field, schema]) => ({
      field,
      type: typeof schema.type === 'string' ? schema.type : Array.isArray(schema.enum) ? 'choice' : 'any',
      required: schema.default === undefined && schema['x-optional'] !== true,
      default: schema.default as Json | undefined,
      description: typeof schema.description === 'string' ? schema.description : undefined,
      choices: Array.isArray(schema.enum) ? (schema.enum as readonly Json[]) : undefined,
    })),
  );
}

/** What stands in the controls at first: the given input, where there is one; defaults stand in them as they are. */
export function textsOf(
  fields: readonly InputField[],
  input: { readonly [field: string]: Json | undefined } = {},
): InputTexts {
  return Object.fromEntries(
    fields.map((each) => {
      const value = input[each.field] ?? each.default;
      return [each.field, value === undefined ? '' : textOf(value, each)];
    }),
  );
}

/** Reads what was typed. What only the server can know, it says when it is asked. */
export function readInput(fields: readonly InputField[], texts: InputTexts): ReadInput {
  const input: { [field: string]: Json } = {};
  const problems: { [field: string]: string } = {};
  for (const each of fields) {
    const text = texts[each.field] ?? '';
    const mayBeEmptyText = each.control === 'text' && each.default === '';
    if (text.trim() === '' && !mayBeEmptyText) {
      if (each.isRequired) problems[each.field] = 'This is needed.';
      continue;
    }
    const read = readText(each, text);
    if ('problem' in read) problems[each.field] = read.problem;
    else input[each.field] = read.value;
  }
  return { input, problems };
}

function controlFor(type: string, choices: readonly Json[], preset: Json | undefined): InputField['control'] {
  if (choices.length > 0) return 'choice';
  if (type === 'number' || type === 'integer') return 'number';
  if (type === 'boolean') return 'boolean';
  if (type === 'string' || type === 'date')
    return typeof preset === 'string' && preset.length > 80 ? 'long' : 'text';
  return 'json';
}

function textOf(value: Json, { control }: InputField): string {
  if (control === 'json') return JSON.stringify(value, null, 2);
  if (control === 'choice') return JSON.stringify(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function readText(
  { control, type }: InputField,
  text: string,
): { readonly value: Json } | { readonly problem: string } {
  switch (control) {
    case 'number': {
      const value = Number(text);
      if (!Number.isFinite(value)) return { problem: `'${text}' is no number.` };
      return type === 'integer' && !Number.isInteger(value)
        ? { problem: 'A whole number, please.' }
        : { value };
    }
    case 'boolean':
      return { value: text === 'true' };
    case 'choice':
      return { value: JSON.parse(text) as Json };
    case 'json':
      return readJson(text, type);
    default:
      return { value: text };
  }
}

function readJson(text: string, type: string): { readonly value: Json } | { readonly problem: string } {
  try {
    return { value: JSON.parse(text) as Json };
  } catch (error) {
    // Where anything goes, a plain text is one.
    if (type === 'any') return { value: text };
    return { problem: `This is not JSON: ${error instanceof Error ? error.message : ''}` };
  }
}
