/** How partitions are spread over the orchestrators that live: evenly, moving as few as possible. */

export interface SpreadView {
  readonly self: string;
  /** Ids of the living orchestrators, `self` included. */
  readonly members: readonly string[];
  /** Living holder of each partition; undefined: free. */
  readonly holders: readonly (string | undefined)[];
}

export interface Moves {
  readonly take: readonly number[];
  readonly release: readonly number[];
}

/**
 * What this orchestrator should do now. All who see the same take different partitions; who sees something else does no harm,
 * since a partition with two owners is only work done twice.
 */
export function movesFor({ self, members, holders }: SpreadView): Moves {
  const sorted = [...new Set([...members, self])].sort();
  const counts = new Map(sorted.map((member) => [member, 0]));
  for (const holder of holders) {
    if (holder !== undefined) counts.set(holder, (counts.get(holder) ?? 0) + 1);
  }
  const quotas = quotasOf(sorted, counts, holders.length);
  const room = (member: string): number => (quotas.get(member) ?? 0) - (counts.get(member) ?? 0);

  const take: number[] = [];
  for (const [partition, holder] of holders.entries()) {
    if (holder !== undefined) continue;
    const next = sorted.find((member) => room(member) > 0);
    if (next === undefined) break;
    counts.set(next, (counts.get(next) ?? 0) + 1);
    if (next === self) take.push(partition);
  }
  // Given up only to somebody who lacks it.
  const lacking = sorted.reduce((sum, member) => sum + Math.max(0, room(member)), 0);
  const surplus = Math.min(Math.max(0, -room(self)), lacking);
  const held = [...holders.keys()].filter((partition) => holders[partition] === self);
  return { take, release: surplus === 0 ? [] : held.slice(-surplus) };
}

/** The larger shares go to those who hold most already, so that nothing moves without need. */
function quotasOf(
  sorted: readonly string[],
  counts: ReadonlyMap<string, number>,
  partitions: number,
): ReadonlyMap<string, number> {
  const share = Math.floor(partitions / sorted.length);
  const larger = partitions % sorted.length;
  const byHolding = [...sorted].sort((one, other) => (counts.get(other) ?? 0) - (counts.get(one) ?? 0));
  return new Map(byHolding.map((member, rank) => [member, share + (rank < larger ? 1 : 0)]));
}
