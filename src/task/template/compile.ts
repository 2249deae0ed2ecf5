import type { Scope } from '../expression.ts';
import { liquid, valueLiquid } from './liquid.ts';

/** A parsed template. Both methods throw liquid's errors. */
export interface CompiledTemplate {
  readonly roots: readonly string[];
  render(scope: Scope): string;
  /** For a template that is one output and nothing else: the value, with its type. */
  value?(scope: Scope): unknown;
}

export function compileTemplate(text: string): CompiledTemplate {
  const parsed = liquid.parse(text);
  const roots = [...new Set(liquid.globalVariablesSync(parsed, { partials: false }))];
  const template: CompiledTemplate = {
    roots,
    render: (scope) => String(liquid.renderSync(parsed, namesOf(scope, roots))),
  };
  if (!isSingleOutput(text)) return template;
  const output = valueLiquid.parse(text.trim());
  return { ...template, value: (scope) => valueLiquid.renderSync(output, namesOf(scope, roots)) };
}

/** What the template sees: its roots only, and from `input` those that nothing else has. */
function namesOf(scope: Scope, roots: readonly string[]): object {
  const names: Record<string, unknown> = Object.create(null);
  for (const root of roots) {
    const value = own(scope, root) ?? own(scope.input, root);
    if (value !== undefined) names[root] = value;
  }
  return names;
}

function own(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as { readonly [key: string]: unknown })[key];
}

/** Exactly `{{ … }}`: no text around it and no second output. */
function isSingleOutput(text: string): boolean {
  const trimmed = text.trim();
  return trimmed.startsWith('{{') && trimmed.indexOf('}}') === trimmed.length - 2;
}
