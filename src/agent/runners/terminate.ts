import { setTimeout as delay } from 'node:timers/promises';
import { canListProcesses, findAttemptProcesses, kill } from '../process-tree.ts';

/** A process that starts others while it is being killed is caught in the next round. */
const ROUND_MS = 20;

/** A process that survives this long waits inside the kernel; nobody can end it. */
const ROUNDS = 200;

export interface ProcessFamily {
  /** The leader and the id of its process group. */
  readonly pid: number;
  readonly marker: string;
  /** Resolves when the leader has ended. */
  readonly exited: Promise<unknown>;
}

/** Asks the group to end; after the grace, or when its leader has ended, kills whatever is left of the attempt. */
export async function terminate(family: ProcessFamily, graceMs: number): Promise<void> {
  kill(-family.pid, 'SIGTERM');
  const patience = new AbortController();
  await Promise.race([
    family.exited,
    // Rejects when aborted; by then the race is over.
    delay(graceMs, undefined, { signal: patience.signal }).catch(() => undefined),
  ]);
  patience.abort();
  await killAll(family);
}

/** Whether somebody is left in the group. */
export function isGroupAlive(pid: number): boolean {
  return kill(-pid, 0);
}

/** Kills the group and every process that carries the attempt's marker, until none is found. */
export async function killAll({ pid, marker }: Pick<ProcessFamily, 'pid' | 'marker'>): Promise<void> {
  if (!canListProcesses()) {
    kill(-pid, 'SIGKILL');
    return;
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    const left = findAttemptProcesses({ pgid: pid, marker });
    if (left.length === 0) return;
    for (const process of left) kill(process, 'SIGKILL');
    await delay(ROUND_MS);
  }
}
