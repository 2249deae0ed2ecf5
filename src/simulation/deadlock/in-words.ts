import type { Standstill } from '../deadlock.ts';

/** What stands still and why, line by line; what belongs to the line above is indented by two. */
export function standstillInWords({ blocked, cycle }: Standstill): readonly string[] {
  const lines = blocked.flatMap(({ id, stands, missing, because }) => [
    `${id} ${stands}`,
    ...(missing === undefined
      ? []
      : [
          `  missing: ${missing.type}${missing.about === undefined ? '' : ` ${missing.about}`}, from ${missing.from}`,
        ]),
    ...because.map((reason) => `  ${missing === undefined ? 'since' : 'but'} ${reason}`),
  ]);
  return cycle.length === 0 ? lines : [...lines, `ring: ${cycle.join(' → ')}`];
}
