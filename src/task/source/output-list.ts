import type { OutputDraft } from '../draft.ts';
import { type Located, type LocatedMap, nameKind } from './located.ts';
import type { Report } from './report.ts';

/**
 * Outputs as data: a list of texts (`name`, `name: EXPR`, `name - description`) and of maps
 * (`{name, expression, description}`, or `{NAME: EXPR}`), or one map of `NAME: EXPR`.
 */
export function readOutputs(data: Located, report: Report): OutputDraft[] {
  if (data.kind === 'map') return readPairs(data, report);
  if (data.kind === 'list') {
    return data.items.flatMap((item) => {
      if (item.kind === 'scalar') return [{ text: { text: item.text.trim(), place: item.place } }];
      if (item.kind === 'map')
        return item.entries.some(isName) ? readSpec(item, report) : readPairs(item, report);
      return refuse(item, report);
    });
  }
  return refuse(data, report);
}

function readPairs(map: LocatedMap, report: Report): OutputDraft[] {
  return map.entries.flatMap(({ key, value }) => {
    if (value.kind !== 'scalar') return refuse(value, report);
    if (value.value === null) return [{ text: key }];
    return [{ text: key, expression: { text: value.text, place: value.place } }];
  });
}

function readSpec(map: LocatedMap, report: Report): OutputDraft[] {
  const fields = new Map<string, Located & { kind: 'scalar' }>();
  for (const { key, value } of map.entries) {
    if (!['name', 'expression', 'description'].includes(key.text)) {
      report.add(
        key.place,
        'UNKNOWN_KEY',
        `'${key.text}' is not known here`,
        'an output has name, expression, description',
      );
    } else if (value.kind !== 'scalar') {
      refuse(value, report);
    } else {
      fields.set(key.text, value);
    }
  }
  const [name, expression, description] = ['name', 'expression', 'description'].map((key) => fields.get(key));
  if (name === undefined) return [];
  return [
    {
      text: { text: name.text, place: name.place },
      expression: expression && { text: expression.text, place: expression.place },
      description: description?.text,
    },
  ];
}

function isName({ key }: { key: { text: string } }): boolean {
  return key.text === 'name';
}

function refuse(data: Located, report: Report): [] {
  report.add(
    data.place,
    'BAD_VALUE',
    `an output is a name, with an expression if needed, not ${nameKind(data)}`,
  );
  return [];
}
