import type { PhaseDefinition } from '../definition.ts';

/**
 * The greatest weight of phases of which none waits for another, directly or not: what can be at work at once.
 *
 * By Dilworth's theorem it is the total weight less the greatest flow from phases to phases behind them, where a
 * phase sends and receives at most its weight.
 */
export function heaviestAntichain(
  phases: readonly PhaseDefinition[],
  weightOf: (phase: PhaseDefinition) => number,
): number {
  const later = followersOf(phases);
  const weights = new Map(phases.map((phase) => [phase.name, weightOf(phase)]));
  const canReceive = new Map(weights);
  /** Receiver -> sender -> amount. */
  const flows = new Map<string, Map<string, number>>(phases.map(({ name }) => [name, new Map()]));
  let total = 0;
  for (const [sender, weight] of weights) {
    total += weight;
    for (let left = weight; left > 0; ) {
      const sent = send(sender, left, new Set());
      if (sent === 0) break;
      left -= sent;
      total -= sent;
    }
  }
  return total;

  /** Sends up to `amount`, moving what others sent to where there is still room. */
  function send(sender: string, amount: number, visited: Set<string>): number {
    for (const receiver of later.get(sender) ?? []) {
      if (visited.has(receiver)) continue;
      visited.add(receiver);
      const inflow = flows.get(receiver);
      if (inflow === undefined) continue;
      const room = canReceive.get(receiver) ?? 0;
      if (room > 0) {
        const sent = Math.min(room, amount);
        canReceive.set(receiver, room - sent);
        inflow.set(sender, (inflow.get(sender) ?? 0) + sent);
        return sent;
      }
      for (const [other, share] of inflow) {
        const moved = share === 0 ? 0 : send(other, Math.min(share, amount), visited);
        if (moved === 0) continue;
        inflow.set(other, (inflow.get(other) ?? 0) - moved);
        inflow.set(sender, (inflow.get(sender) ?? 0) + moved);
        return moved;
      }
    }
    return 0;
  }
}

/** Phase -> all phases that wait for it, directly or not. */
function followersOf(phases: readonly PhaseDefinition[]): Map<string, ReadonlySet<string>> {
  const direct = new Map<string, string[]>(phases.map(({ name }) => [name, []]));
  for (const { name, dependsOn } of phases) {
    for (const before of dependsOn) direct.get(before)?.push(name);
  }
  return new Map(
    phases.map(({ name }) => {
      const found = new Set<string>();
      const open = [...(direct.get(name) ?? [])];
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        if (found.has(next)) continue;
        found.add(next);
        open.push(...(direct.get(next) ?? []));
      }
      return [name, found] as const;
    }),
  );
}
