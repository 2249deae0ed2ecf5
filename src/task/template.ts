import { templateFailed, templateSyntax } from '../errors.ts';
import { BoundedCache } from './bounded-cache.ts';
import type { Scope } from './expression.ts';
import { type CompiledTemplate, compileTemplate } from './template/compile.ts';
import { TEMPLATE_LIMITS } from './template/limits.ts';

/**
 * Liquid templates in instructions and inputs: strict about unknown names and filters, no files, no clock, no
 * randomness, bounded. Rendered once: what a value contains is text, never a template.
 *
 * A bare name that the scope does not have means `input.NAME`. Objects and lists appear as JSON.
 */

/** Whether a text holds a tag or an output. */
export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%');
}

/** @throws TroupeError `TEMPLATE_SYNTAX`, `TEMPLATE_FAILED` */
export function renderTemplate(text: string, scope: Scope): string {
  if (!isTemplate(text)) return text;
  const template = compile(text);
  try {
    return template.render(scope);
  } catch (error) {
    throw templateFailed(text, reasonOf(error));
  }
}

/**
 * Renders every string inside a JSON value; keys stay as they are. A string that is one output and nothing else
 * (`"{{ input.list }}"`) gives the value itself, not its text.
 *
 * @throws TroupeError `TEMPLATE_SYNTAX`, `TEMPLATE_FAILED`
 */
export function renderValue(value: unknown, scope: Scope): unknown {
  try {
    return renderParts(value, scope);
  } catch (error) {
    if (error instanceof RangeError) throw templateFailed('(a value)', 'it is nested too deeply');
    throw error;
  }
}

function renderParts(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') return isTemplate(value) ? renderString(value, scope) : value;
  if (Array.isArray(value)) return value.map((part) => renderParts(part, scope));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, renderParts(part, scope)]));
}

/** Names that a template needs and does not set itself; for diagnostics. @throws TroupeError `TEMPLATE_SYNTAX` */
export function templateRoots(text: string): readonly string[] {
  return isTemplate(text) ? compile(text).roots : [];
}

/** What a template reads, as far as it is written out; for diagnostics. @throws TroupeError `TEMPLATE_SYNTAX` */
export function templatePaths(text: string): readonly (readonly string[])[] {
  return isTemplate(text) ? compile(text).paths : [];
}

const templates = new BoundedCache<string, CompiledTemplate>(TEMPLATE_LIMITS.cached);

function compile(text: string): CompiledTemplate {
  if (text.length > TEMPLATE_LIMITS.characters) {
    throw templateSyntax(text, `it has more than ${TEMPLATE_LIMITS.characters} characters`);
  }
  return templates.getOrCompute(text, () => {
    try {
      return compileTemplate(text);
    } catch (error) {
      throw templateSyntax(text, reasonOf(error));
    }
  });
}

function renderString(text: string, scope: Scope): unknown {
  const template = compile(text);
  try {
    return template.value === undefined ? template.render(scope) : template.value(scope);
  } catch (error) {
    throw templateFailed(text, reasonOf(error));
  }
}

/** The first line of liquid's message; the others repeat the template. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? message;
}
