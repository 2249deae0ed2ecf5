import { nearest } from './nearest.ts';

/**
 * The hint for a name that nothing has: the nearest that something has, else the known names, cut to what a person
 * reads.
 *
 * @param lead what the names are, such as `phases are`
 */
export function suggest(name: string, known: Iterable<string>, lead: string): string {
  const names = [...known];
  const near = nearest(name, names);
  return near === undefined ? `${lead} ${listNames(names)}` : `did you mean '${cut(near)}'?`;
}

/** The first names, at most 15 and about 200 characters, and how many more there are; `none` without any. */
export function listNames(names: readonly string[]): string {
  const shown: string[] = [];
  let length = 0;
  for (const name of names.slice(0, MOST_NAMES).map(cut)) {
    length += name.length + 2;
    if (length > MOST_CHARACTERS && shown.length > 0) break;
    shown.push(name);
  }
  const more = names.length - shown.length;
  return `${shown.join(', ') || 'none'}${more === 0 ? '' : ` and ${more} more`}`;
}

/** As many as a step of an agent has settings: those are always listed whole. */
const MOST_NAMES = 15;
const MOST_CHARACTERS = 200;
const LONGEST_NAME = 80;

function cut(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
}
