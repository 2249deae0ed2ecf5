import { checkSchema } from '../json-schema.ts';
import { type Located, toPlain } from '../source/located.ts';
import type { BuildContext, Position } from './context.ts';
import { checkTemplate } from './expressions.ts';
import type { Fields } from './fields.ts';

/** A JSON Schema that compiles. */
export function readSchema(
  fields: Fields,
  key: string,
  context: BuildContext,
): Record<string, unknown> | undefined {
  const schema = fields.object(key);
  if (schema === undefined) return undefined;
  try {
    checkSchema(schema);
    return schema;
  } catch (error) {
    context.report.add(
      fields.placeOf(key),
      'BAD_SCHEMA',
      error instanceof Error ? error.message : String(error),
    );
    return undefined;
  }
}

/** JSON whose texts are templates. */
export function readInput(
  fields: Fields,
  position: Position,
  context: BuildContext,
): Record<string, unknown> | undefined {
  const map = fields.map('input');
  if (map === undefined) return undefined;
  checkTemplatesIn(map, position, context);
  // A map becomes an object.
  return toPlain(map) as Record<string, unknown>;
}

function checkTemplatesIn(value: Located, position: Position, context: BuildContext): void {
  if (value.kind === 'scalar') checkTemplate({ text: value.text, place: value.place }, position, context);
  else if (value.kind === 'list') for (const item of value.items) checkTemplatesIn(item, position, context);
  else for (const entry of value.entries) checkTemplatesIn(entry.value, position, context);
}
