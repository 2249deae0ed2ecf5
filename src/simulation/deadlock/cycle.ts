import type { Blocked } from './blocked.ts';

/** The first ring of things each of which stands behind the next, first repeated at the end; empty when there is none. Pure. */
export function cycleIn(blocked: readonly Pick<Blocked, 'id' | 'behind'>[]): readonly string[] {
  const byId = new Map(blocked.map((one) => [one.id, one]));
  const done = new Set<string>();
  const walk = (id: string, path: readonly string[]): readonly string[] | undefined => {
    const at = path.indexOf(id);
    if (at >= 0) return [...path.slice(at), id];
    if (done.has(id)) return undefined;
    for (const next of byId.get(id)?.behind ?? []) {
      const ring = walk(next, [...path, id]);
      if (ring !== undefined) return ring;
    }
    done.add(id);
    return undefined;
  };
  for (const { id } of blocked) {
    const ring = walk(id, []);
    if (ring !== undefined) return ring;
  }
  return [];
}
