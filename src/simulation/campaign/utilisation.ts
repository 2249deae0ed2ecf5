import type { RunAttempt, RunResult } from './run-result.ts';
import { meanOf } from './statistics.ts';

/** How busy those are who perform a role. */
export interface RoleUse {
  readonly role: string;
  /** Places at which it is performed, over all hosts. */
  readonly seats: number;
  /**
   * Time at work / (seats × makespan), over all runs. Above 1 under faults at times: the attempt of a host that was lost counts until its
   * lease is over, beside the one that took its place.
   */
  readonly utilisation: number;
  /** Mean time from an offer to its claim, in ms. */
  readonly meanQueuedMs: number;
  /** The longest. */
  readonly maxQueuedMs: number;
  /** Attempts per run. */
  readonly attempts: number;
}

/** @param seatsOf places of a role, over all hosts. Pure. */
export function useOfRoles(
  runs: readonly RunResult[],
  roles: readonly string[],
  seatsOf: (role: string) => number,
): readonly RoleUse[] {
  const byRole = new Map<string, RunAttempt[]>(roles.map((role) => [role, []]));
  for (const { attempts } of runs) for (const attempt of attempts) byRole.get(attempt.role)?.push(attempt);
  const makespan = runs.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return [...byRole]
    .map(([role, attempts]): RoleUse => {
      const seats = seatsOf(role);
      const busy = attempts.reduce((sum, { claimedAt, endedAt }) => sum + endedAt - claimedAt, 0);
      const queued = attempts.flatMap(({ queuedMs }) => (queuedMs === null ? [] : [queuedMs]));
      return {
        role,
        seats,
        utilisation: seats === 0 || makespan === 0 ? 0 : busy / (seats * makespan),
        meanQueuedMs: meanOf(queued),
        maxQueuedMs: Math.max(0, ...queued),
        attempts: runs.length === 0 ? 0 : attempts.length / runs.length,
      };
    })
    .sort((one, other) => other.utilisation - one.utilisation || (one.role < other.role ? -1 : 1));
}
