import { Ajv, type ErrorObject, type FuncKeywordDefinition, type Options, type ValidateFunction } from 'ajv';
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
  const { first, all } = compileSchema(schema);
  try {
    const problems = problemsOf(first, value);
    return problems.length > 0 && isSmall(value) ? problemsOf(all(), value) : problems;
  } catch (error) {
    // References that lead back to where they are, or that lead to the same place in ever more ways.
    const why = error instanceof RangeError ? 'it is nested too deeply' : 'that takes too long';
    return [{ path: '', message: `cannot be checked: ${why}` }];
  }
}

function problemsOf(validate: ValidateFunction, value: unknown): SchemaProblem[] {
  turnsLeft = MAX_TURNS;
  return validate(value) === true ? [] : (validate.errors ?? []).slice(0, MAX_PROBLEMS).map(toProblem);
}

/** @throws TroupeError `SCHEMA_INVALID` */
export function checkSchema(schema: object): void {
  compileSchema(schema);
}

interface Validators {
  /** Ends with the first problem. */
  readonly first: ValidateFunction;
  /** Lists all of them, in time that grows with their square. */
  all(): ValidateFunction;
}

/** Compiled schemas, by their JSON: a definition read back from the log is another object with the same text. */
const validators = new BoundedCache<string, Validators>(200);
const bySchema = new WeakMap<object, Validators>();

function compileSchema(schema: object): Validators {
  const kept = bySchema.get(schema);
  if (kept !== undefined) return kept;
  const validate = validators.getOrCompute(textOf(schema), () => {
    const first = compile(schema, false);
    let all: ValidateFunction | undefined;
    return {
      first,
      all: () => {
        all ??= compile(schema, true);
        return all;
      },
    };
  });
  bySchema.set(schema, validate);
  return validate;
}

function textOf(schema: object): string {
  try {
    return JSON.stringify(schema);
  } catch (error) {
    throw schemaInvalid(error instanceof RangeError ? 'it is nested too deeply' : String(error));
  }
}

/** A turn is the check of one value by one part of a schema that is referred to. */
const MAX_TURNS = 300_000;
let turnsLeft = 0;

function spendTurn(): void {
  turnsLeft -= 1;
  if (turnsLeft < 0) throw new Error('too many turns');
}

/** Counts each call of a function that ajv made: it makes one for a schema and one for what references lead to. */
function countTurns(code: string): string {
  return code.replace(/(function validate\d+\(data, \{.*?\}=\{\}\)\{)/, '$1self.spendTurn();');
}

/** Whether the problems of a value can be many without taking long. */
function isSmall(value: unknown): boolean {
  let left = 5_000;
  const open = [value];
  while (open.length > 0 && left > 0) {
    const part = open.pop();
    left -= 1;
    if (typeof part !== 'object' || part === null) continue;
    const parts: unknown[] = Object.values(part);
    left -= parts.length;
    if (left > 0) open.push(...parts);
  }
  return left > 0;
}

const OPTIONS: Options = {
  // `toString` is no property of every object.
  ownProperties: true,
  // A misspelt keyword would otherwise check nothing.
  strict: true,
  strictTypes: false,
  strictRequired: false,
  strictTuples: false,
  logger: false,
  formats: JSON_FORMATS,
  // Agents' answers meet these patterns: no pattern may take longer than its size times the text's.
  code: { regExp: Object.assign(linearPattern, { code: 'linearPattern' }), process: countTurns },
};

function compile(schema: object, allErrors: boolean): ValidateFunction {
  // Of an asynchronous schema the answer is a promise, which says nothing here.
  if (Object.hasOwn(schema, '$async')) throw schemaInvalid("'$async' is not supported");
  if (hasProto(schema)) throw schemaInvalid("'__proto__' cannot be a key in it");
  try {
    const options = { ...OPTIONS, allErrors };
    // An instance each: ajv keeps every schema it compiled, and two with the same $id would clash.
    const ajv = isDraft7(schema) ? new Ajv(options) : new Ajv2020(options);
    ajv.addVocabulary(['x-optional', 'example']);
    // Ajv's own compares each item with every other.
    ajv.removeKeyword('uniqueItems').addKeyword(UNIQUE_ITEMS);
    // The schema itself is checked by functions that are counted too.
    turnsLeft = Number.POSITIVE_INFINITY;
    return Object.assign(ajv, { spendTurn }).compile(schema);
  } catch (error) {
    throw schemaInvalid(error instanceof Error ? error.message : String(error));
  }
}

function isDraft7(schema: { readonly $schema?: unknown }): boolean {
  return typeof schema.$schema === 'string' && /draft-0[67]/.test(schema.$schema);
}

/** Ajv reads past such a key, so what it says would not be checked. */
function hasProto(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return false;
  return Object.hasOwn(schema, '__proto__') || Object.values(schema).some(hasProto);
}

const UNIQUE_ITEMS: FuncKeywordDefinition = {
  keyword: 'uniqueItems',
  type: 'array',
  schemaType: 'boolean',
  error: { message: 'must NOT have duplicate items' },
  validate: (wanted: boolean, items: readonly unknown[]) =>
    !wanted || new Set(items.map(sortedText)).size === items.length,
};

/** The same for values that are equal as JSON. */
function sortedText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1))
      : part,
  );
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
