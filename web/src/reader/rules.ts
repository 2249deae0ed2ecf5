import { Validator } from '@cfworker/json-schema';
import type { Rules } from '../../../machines/world.ts';
import type { Json } from '../../../src/json.ts';
import { evaluate } from '../../../src/task/expression.ts';

/**
 * The task language as the page's fold sees it: the project's own expressions, and a schema check that makes no code, which the
 * page's policy forbids. What the fold asks of a check is whether the value fits; in which words it does not is shown nowhere.
 */
export const pageRules: Rules = {
  evaluate: (expression, scope) => evaluate(expression, scope),
  misfits: (schema, value) => misfits(schema, value),
};

function misfits(schema: object, value: Json): readonly string[] {
  const validator = validators.get(schema) ?? new Validator(schema as never, draftOf(schema));
  validators.set(schema, validator);
  const { valid, errors } = validator.validate(value);
  return valid ? [] : errors.map(({ instanceLocation, error }) => `${instanceLocation} ${error}`);
}

const validators = new WeakMap<object, Validator>();

function draftOf(schema: object): '7' | '2020-12' {
  const { $schema } = schema as { readonly $schema?: unknown };
  return typeof $schema === 'string' && $schema.includes('draft-07') ? '7' : '2020-12';
}
