import { Liquid, type LiquidOptions } from 'liquidjs';
import { TEMPLATE_LIMITS } from './limits.ts';

/** Tags that read files. `layout` and `block` make sense only together. */
const FILE_TAGS = ['include', 'render', 'layout', 'block'] as const;

/** `sample` and `shuffle` are random; `raw` would undo the writing of objects as JSON. */
const REFUSED_FILTERS = ['sample', 'shuffle', 'raw'] as const;

/** Filters that read the clock when they are given the words `now` or `today`. */
const DATE_FILTERS = [
  'date',
  'date_to_xmlschema',
  'date_to_rfc822',
  'date_to_string',
  'date_to_long_string',
] as const;

/** Filters that put values into texts. */
const TEXT_FILTERS = ['append', 'prepend', 'join'] as const;

/** Renders to text; objects and lists become JSON. */
export const liquid: Liquid = createLiquid({ outputEscape: formatOutput });

/** Renders a single output to its value. */
export const valueLiquid: Liquid = createLiquid({ keepOutputType: true });

function createLiquid(options: LiquidOptions): Liquid {
  const engine = new Liquid({
    strictVariables: true,
    strictFilters: true,
    lenientIf: true,
    ownPropertyOnly: true,
    relativeReference: false,
    templates: {},
    // The same text on every machine.
    timezoneOffset: 0,
    locale: 'en-US',
    parseLimit: TEMPLATE_LIMITS.characters,
    renderLimit: TEMPLATE_LIMITS.renderMs,
    memoryLimit: TEMPLATE_LIMITS.memory,
    ...options,
  });
  for (const tag of FILE_TAGS) delete engine.tags[tag];
  for (const filter of REFUSED_FILTERS) delete engine.filters[filter];
  for (const filter of DATE_FILTERS) {
    const format = engine.filters[filter];
    if (typeof format !== 'function') continue;
    engine.registerFilter(filter, function (value: unknown, ...args: unknown[]) {
      if (value === 'now' || value === 'today')
        throw new Error('a template has no clock; take the date from the input');
      return format.call(this, value, ...args);
    });
  }
  for (const filter of TEXT_FILTERS) {
    const change = engine.filters[filter];
    if (typeof change !== 'function') continue;
    engine.registerFilter(filter, function (...args: unknown[]) {
      const [value, ...others] = args.map(textInside);
      return change.call(this, value, ...others);
    });
  }
  return engine;
}

/** Objects as JSON, also those in a list; liquid would write `[object Object]`. */
function textInside(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((part) => (isObject(part) ? JSON.stringify(part) : part));
  return isObject(value) ? JSON.stringify(value) : value;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function formatOutput(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
