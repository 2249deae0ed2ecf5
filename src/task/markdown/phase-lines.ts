import { nearest } from '../nearest.ts';
import type { Located, LocatedEntry } from '../source/located.ts';
import type { Place, PlacedText } from '../source/place.ts';
import { shift } from '../source/place.ts';
import type { Report } from '../source/report.ts';
import { trim } from '../source/split.ts';

/** Settings that are written as lines under the heading. */
const LINE_KEYS = ['dependsOn', 'parallel'] as const;

/** Settings that are read from the fenced block only; as lines they would be taken for prose. */
const BLOCK_KEYS = [
  ...[
    'when',
    'forEach',
    'timeout',
    'retry',
    'minSuccess',
    'onFailure',
    'checkpoint',
    'artifacts',
    'estimate',
  ],
  ...['isolation', 'limits'],
];

/** Reads the `dependsOn:` and `parallel:` lines of a paragraph under a phase heading; other lines are prose. */
export function readPhaseLines(source: string, start: Place, report: Report): LocatedEntry[] {
  const entries: LocatedEntry[] = [];
  for (const [index, raw] of source.split('\n').entries()) {
    const place = { line: start.line + index, column: index === 0 ? start.column : 1 };
    const line = trim({ text: raw, place });
    const match = /^([A-Za-z][\w-]*)[ \t]*:/.exec(line.text);
    if (match === null) continue;
    const [whole, key = ''] = match;
    const value = trim({ text: line.text.slice(whole.length), place: shift(line.place, whole.length) });
    if (key === 'dependsOn') entries.push({ key: { text: key, place: line.place }, value: readNames(value) });
    else if (key === 'parallel')
      entries.push({ key: { text: key, place: line.place }, value: readWord(value) });
    else reportMisplaced(key, line.place, report);
  }
  return entries;
}

function reportMisplaced(key: string, place: Place, report: Report): void {
  if (BLOCK_KEYS.includes(key)) {
    report.add(
      place,
      'UNKNOWN_KEY',
      `'${key}' is no line of a phase`,
      'put it in a fenced yaml block under the heading',
    );
    return;
  }
  const near = nearest(key.replaceAll(/[_-]/g, ''), LINE_KEYS);
  if (near !== undefined)
    report.add(place, 'UNKNOWN_KEY', `'${key}' is not known here`, `did you mean '${near}'?`);
}

/** `[A, "B, C"]`, or `A, B` without brackets. */
function readNames(value: PlacedText): Located {
  if (value.text === '') return { kind: 'scalar', place: value.place, value: null, text: '' };
  const bracketed = /^\[(.*)\]$/.exec(value.text)?.[1];
  const inner = { text: bracketed ?? value.text, place: shift(value.place, bracketed === undefined ? 0 : 1) };
  const items: Located[] = [];
  for (const match of inner.text.matchAll(/\s*"([^"]*)"|\s*'([^']*)'|[^,]+/g)) {
    const name = trim({ text: match[1] ?? match[2] ?? match[0], place: shift(inner.place, match.index) });
    if (name.text !== '') items.push(readText(name));
  }
  return { kind: 'list', place: value.place, items };
}

function readWord(value: PlacedText): Located {
  if (value.text !== 'true' && value.text !== 'false') return readText(value);
  return { kind: 'scalar', place: value.place, value: value.text === 'true', text: value.text };
}

function readText({ text, place }: PlacedText): Located {
  return { kind: 'scalar', place, value: text, text };
}
