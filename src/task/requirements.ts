import type { Json } from '../json.ts';
import type { TaskDefinition } from './definition.ts';
import { validateJson } from './json-schema.ts';
import { suggest } from './suggest.ts';

/** Why an input is refused; every message names the field. */
export interface InputProblem {
  readonly field: string;
  readonly message: string;
}

export interface CheckedInput {
  /** With defaults filled in and texts read as the types that the task asks for. */
  readonly input: { readonly [field: string]: Json | undefined };
  /** Empty when the input is good. */
  readonly problems: readonly InputProblem[];
}

/**
 * Checks an execution's input against the task's requirements. Strings, as the command line gives them, become
 * numbers, booleans, lists or objects where the schema asks for one and not for a string. A field that the task
 * does not know is a problem. Never throws.
 */
export function checkInput(
  task: Pick<TaskDefinition, 'requirements'>,
  input: { readonly [field: string]: unknown },
): CheckedInput {
  const problems: InputProblem[] = [];
  const known = Object.keys(task.requirements);
  for (const field of Object.keys(input)) {
    if (!Object.hasOwn(task.requirements, field)) problems.push(unknownField(field, known));
  }
  const checked: [string, Json][] = [];
  for (const [field, schema] of Object.entries(task.requirements)) {
    const given = Object.hasOwn(input, field) ? input[field] : undefined;
    const value = given === undefined ? schema.default : coerce(given, schema);
    if (value === undefined) {
      if (schema['x-optional'] !== true) problems.push(missingField(field, schema));
      continue;
    }
    problems.push(...misfits(field, schema, value));
    checked.push([field, structuredClone(value) as Json]);
  }
  return { input: Object.fromEntries(checked), problems };
}

type Schema = TaskDefinition['requirements'][string];

function unknownField(field: string, known: readonly string[]): InputProblem {
  const guess = suggest(field, known, 'it knows');
  return { field, message: `'${field}' is no field of this task; ${guess}` };
}

function missingField(field: string, schema: Schema): InputProblem {
  const type = typeof schema.type === 'string' ? ` (${schema.type})` : '';
  return { field, message: `'${field}' is required${type}` };
}

function misfits(field: string, schema: Schema, value: unknown): InputProblem[] {
  return validateJson(schema, value).map(({ path, message }) => {
    const inside = path === '' || path.startsWith('[') ? path : `.${path}`;
    return { field, message: `'${field}${inside}' ${message}` };
  });
}

/** The value as the schema's type, where its text says one; else the value as it is, for the schema to refuse. */
function coerce(value: unknown, schema: Schema): unknown {
  if (typeof value !== 'string') return value;
  const types = [schema.type].flat();
  if (types.includes('string')) return value;
  for (const type of types) {
    const read = readAs(type, value.trim());
    if (read !== undefined) return read;
  }
  return value;
}

function readAs(type: unknown, text: string): unknown {
  switch (type) {
    case 'number':
    case 'integer':
      return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'null':
      return text === 'null' ? null : undefined;
    case 'object':
    case 'array':
      return parseJson(text);
    default:
      return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
