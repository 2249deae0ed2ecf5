import type { PhaseDefinition } from '../definition.ts';

export interface LongestPath {
  /** From the first phase to the last. */
  readonly names: readonly string[];
  readonly length: number;
  /** Phase -> length of the longest path that ends with it. */
  readonly lengths: ReadonlyMap<string, number>;
}

/** The heaviest chain of dependencies; of equal ones, the one whose phases come first in the file. */
export function longestPath(
  phases: readonly PhaseDefinition[],
  weightOf: (phase: PhaseDefinition) => number,
): LongestPath {
  const lengths = new Map<string, number>();
  const previous = new Map<string, string>();
  let last: string | undefined;
  for (const phase of inOrder(phases)) {
    let before = 0;
    for (const name of phase.dependsOn) {
      const length = lengths.get(name) ?? 0;
      if (length <= before && previous.has(phase.name)) continue;
      before = length;
      previous.set(phase.name, name);
    }
    lengths.set(phase.name, before + weightOf(phase));
  }
  for (const { name } of phases) {
    if (last === undefined || (lengths.get(name) ?? 0) > (lengths.get(last) ?? 0)) last = name;
  }
  const names: string[] = [];
  for (let name = last; name !== undefined; name = previous.get(name)) names.unshift(name);
  return { names, length: last === undefined ? 0 : (lengths.get(last) ?? 0), lengths };
}

/** Each phase after those it depends on; otherwise in file order. */
function inOrder(phases: readonly PhaseDefinition[]): PhaseDefinition[] {
  const waiting = new Map(phases.map((phase) => [phase.name, phase.dependsOn.length]));
  const followers = new Map<string, PhaseDefinition[]>();
  for (const phase of phases) {
    for (const name of phase.dependsOn) followers.set(name, [...(followers.get(name) ?? []), phase]);
  }
  const ordered = phases.filter(({ dependsOn }) => dependsOn.length === 0);
  // Grows while it is walked.
  for (const { name } of ordered) {
    for (const follower of followers.get(name) ?? []) {
      const left = (waiting.get(follower.name) ?? 0) - 1;
      waiting.set(follower.name, left);
      if (left === 0) ordered.push(follower);
    }
  }
  return ordered;
}
