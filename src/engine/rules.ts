import type { Rules } from '../../machines/world.ts';
import { evaluate } from '../task/expression.ts';
import { validateJson } from '../task/json-schema.ts';

/** The task language as the fold sees it. */
export const taskRules: Rules = {
  evaluate: (expression, scope) => evaluate(expression, scope),
  misfits: (schema, value) => validateJson(schema, value).map(({ path, message }) => `${path} ${message}`),
};
