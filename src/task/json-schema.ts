import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { schemaInvalid } from '../errors.ts';
import { BoundedCache } from './bounded-cache.ts';
import { matchesLinear } from './expression/linear-regex.ts';
import { JSON_FORMATS } from './json-formats.ts';

/** One way in which a value does not fit. */
export interface SchemaProblem {
  /** Where in the value: `verdict.size[2]`; empty for the value itself. */
  readonly path: string;
  /** For a person: `must be number`. */
  readonly message: string;
}

/** The most problems that are reported for one value. */
const MAX_PROBLEMS = 20;

/**
 * What does not fit a JSON Schema (2020-12, or draft 7 where `$schema` says so; no remote references); empty when everything fits.
 * At most 20 problems, in the order of the schema.
 *
 * @throws TroupeError `SCHEMA_INVALID` when the schema itself is wrong
 */
export function validateJson(schema: object, value: unknown): SchemaProblem[] {
  const validate = compileSchema(schema);
  if (validate(value) === true) return [];
  return (validate.errors ?? []).slice(0, MAX_PROBLEMS).map(toProblem);
}

/** @throws TroupeError `SCHEMA_INVALID` */
export function checkSchema(schema: object): void {
  compileSchema(schema);
}

/** Compiled schemas, by their JSON: a definition read back from the log is another object with the same text. */
const validators = new BoundedCache<string, ValidateFunction>(200);
const bySchema = new WeakMap<object, ValidateFunction>();

function compileSchema(schema: object): ValidateFunction {
  const kept = bySchema.get(schema);
  if (kept !== undefined) return kept;
  const validate = validators.getOrCompute(JSON.stringify(schema), () => compile(schema));
  bySchema.set(schema, validate);
  return validate;
}

const OPTIONS: Options = {
  allErrors: true,
  // A misspelt keyword would otherwise check nothing.
  strict: true,
  strictTypes: false,
  strictRequired: false,
  strictTuples: false,
  logger: false,
  formats: JSON_FORMATS,
  // Agents' answers meet these patterns: no pattern may take longer than its size times the text's.
  code: { regExp: Object.assign(linearPattern, { code: 'linearPattern' }) },
};

function compile(schema: object): ValidateFunction {
  try {
    // An instance each: ajv keeps every schema it compiled, and two with the same $id would clash.
    const ajv = isDraft7(schema) ? new Ajv(OPTIONS) : new Ajv2020(OPTIONS);
    ajv.addVocabulary(['x-optional', 'example']);
    return ajv.compile(schema);
  } catch (error) {
    throw schemaInvalid(error instanceof Error ? error.message : String(error));
  }
}

function isDraft7(schema: object): boolean {
  return '$schema' in schema && /draft-0[67]/.test(String(schema.$schema));
}

function linearPattern(pattern: string): { test(text: string): boolean; toString(): string } {
  // Refuses a wrong pattern when the schema is compiled.
  matchesLinear(pattern, '');
  // ajv tells patterns apart by their text; without one all patterns of a schema would be the first.
  return { test: (text) => matchesLinear(pattern, text), toString: () => pattern };
}

function toProblem({ instancePath, keyword, params, message = 'does not fit' }: ErrorObject): SchemaProblem {
  const path = formatPointer(instancePath);
  switch (keyword) {
    case 'required':
      return { path, message: `must have '${params.missingProperty}'` };
    case 'additionalProperties':
      return { path, message: `must not have '${params.additionalProperty}'` };
    case 'enum':
      return { path, message: `must be one of ${formatValues(params.allowedValues)}` };
    case 'const':
      return { path, message: `must be ${JSON.stringify(params.allowedValue)}` };
    default:
      return { path, message };
  }
}

function formatValues(values: unknown): string {
  const text = Array.isArray(values)
    ? values.map((value) => JSON.stringify(value)).join(', ')
    : String(values);
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

/** `/a/0/b~1c` as `a[0]["b/c"]`. */
function formatPointer(pointer: string): string {
  const keys = pointer.split('/').slice(1);
  return keys.reduce((text, escaped) => {
    const key = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    if (/^\d+$/.test(key)) return `${text}[${key}]`;
    if (!/^[\w-]+$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}
