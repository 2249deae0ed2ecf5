import type { Scope } from '../expression.ts';
import { liquid, valueLiquid } from './liquid.ts';

/** A parsed template. Both methods throw liquid's errors. */
export interface CompiledTemplate {
  readonly roots: readonly string[];
  /** What is read, as far as it is written out; like the paths of an expression. */
  readonly paths: readonly (readonly string[])[];
  render(scope: Scope): string;
  /** For a template that is one output and nothing else: the value, with its type. */
  value?(scope: Scope): unknown;
}

export function compileTemplate(text: string): CompiledTemplate {
  const parsed = liquid.parse(text);
  const segments = liquid.globalVariableSegmentsSync(parsed, { partials: false });
  const paths = segments.map(writtenOut);
  const roots = [...new Set(paths.map(([root = '']) => root))];
  const template: CompiledTemplate = {
    roots,
    paths,
    render: (scope) => String(liquid.renderSync(parsed, namesOf(scope, roots))),
  };
  if (!isSingleOutput(text)) return template;
  const output = valueLiquid.parse(text.trim());
  return { ...template, value: (scope) => valueLiquid.renderSync(output, namesOf(scope, roots)) };
}

/** The names up to the first that is itself read from somewhere. */
function writtenOut(segments: readonly unknown[]): string[] {
  const end = segments.findIndex((segment) => typeof segment === 'object');
  return (end < 0 ? segments : segments.slice(0, end)).map(String);
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
