import type { Json } from '../../json.ts';
import type { AggregateItem, AggregateOptions } from '../aggregate.ts';

export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Items with the name under which a result lists them: the agent, or the step where one agent gave several
 * outputs.
 */
export function labelled(items: readonly AggregateItem[]): (AggregateItem & { readonly label: string })[] {
  const counts = new Map<string, number>();
  for (const { agent } of items) counts.set(agent, (counts.get(agent) ?? 0) + 1);
  return items.map((item) => ({ ...item, label: counts.get(item.agent) === 1 ? item.agent : item.step }));
}

/** `agent 'trend' (step 'analyse') gave {"a":1}`, as the subject of an error. */
export function describe({ agent, step, output }: AggregateItem): string {
  const text = JSON.stringify(output);
  return `the output of '${agent}' (step '${step}'), ${text.length > 80 ? `${text.slice(0, 79)}…` : text},`;
}

/** The value that the option `field` names (`a.b` for nested ones), or undefined without the option. */
export function chosenField(item: AggregateItem, { field }: AggregateOptions): Json | undefined {
  if (field === undefined) return undefined;
  let value: Json | undefined = item.output;
  for (const key of String(field).split('.')) {
    value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  if (value === undefined) throw new Error(`${describe(item)} has no field '${String(field)}'`);
  return value;
}

/** The first of these keys that an object has with a value of the wanted kind. */
export function firstField<Value extends Json>(
  output: Json,
  keys: readonly string[],
  isWanted: (value: Json) => value is Value,
): Value | undefined {
  if (!isObject(output)) return undefined;
  for (const key of keys) {
    const value = Object.hasOwn(output, key) ? output[key] : undefined;
    if (value !== undefined && isWanted(value)) return value;
  }
  return undefined;
}

export function isNumber(value: Json): value is number {
  return typeof value === 'number';
}

/** Where a number is looked for when no field is chosen. */
const NUMBER_FIELDS = ['score', 'value'] as const;

/** The number an output stands for: the chosen field, the output itself, or its `score` or `value`. */
export function numberOf(item: AggregateItem, options: AggregateOptions): number {
  const chosen = chosenField(item, options);
  const value =
    chosen ?? (isNumber(item.output) ? item.output : firstField(item.output, NUMBER_FIELDS, isNumber));
  if (typeof value === 'number') return value;
  if (chosen !== undefined) throw new Error(`${describe(item)} has no number in '${String(options.field)}'`);
  throw new Error(
    `${describe(item)} is no number and has none in 'score' or 'value'; name another with field`,
  );
}

/** @throws Error when there is nothing to fold */
export function needSome(items: readonly AggregateItem[]): void {
  if (items.length === 0) throw new Error('there are no outputs to fold');
}
