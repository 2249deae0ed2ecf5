import type { StatementSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessGroup, ProcessGroups } from '../../ports/process-groups.ts';
import { bootId, environmentsWith, isRunning, membersOf, startTimeOf } from '../system/processes.ts';
import { resultCodeOf } from './explain.ts';
import type { LocalDatabase } from './local-database.ts';

/**
 * Process groups in a table that a `kill -9` cannot take. On Linux, what left its group is found as well: every process of an attempt
 * inherits `TROUPE_CLAIM=<data id>/<execution>/…` in its environment.
 */
export class SqliteProcessGroups implements ProcessGroups {
  readonly #claimPrefix: string;
  readonly #bootId = bootId();
  readonly #add: StatementSync;
  readonly #remove: StatementSync;
  readonly #groups: StatementSync;
  readonly #forget: StatementSync;
  #looking: Promise<Claimants> | undefined;

  constructor(local: LocalDatabase, dataId: string) {
    this.#claimPrefix = `TROUPE_CLAIM=${dataId}/`;
    this.#add = local.prepare(
      `INSERT OR REPLACE INTO process_groups (execution, step, attempt, pgid, start_time, boot_id)
       VALUES (?, ?, ?, ?, ?, ?)`,
    );
    this.#remove = local.prepare(
      'DELETE FROM process_groups WHERE execution = ? AND step = ? AND attempt = ?',
    );
    this.#groups = local.prepare(
      `SELECT pgid, start_time AS startTime FROM process_groups
       WHERE execution = ? AND boot_id = ? AND start_time <> ''`,
    );
    this.#forget = local.prepare('DELETE FROM process_groups WHERE execution = ?');
  }

  add({ execution, step, attempt, pgid, startTime, bootId: boot }: ProcessGroup): void {
    this.#note(() => this.#add.run(execution, step, attempt, pgid, startTime, boot));
  }

  remove({ execution, step, attempt }: Pick<ProcessGroup, 'execution' | 'step' | 'attempt'>): void {
    this.#note(() => this.#remove.run(execution, step, attempt));
  }

  async killLeftovers(execution: string): Promise<readonly number[]> {
    const killed = new Set<number>();
    for (const { pgid, startTime } of this.#groups.all(execution, this.#bootId)) {
      // Where the leader is another process by now, its members (if any are ours) are found by their environment.
      if (startTimeOf(Number(pgid)) !== startTime) continue;
      for (const pid of membersOf(Number(pgid))) killed.add(pid);
      kill(-Number(pgid));
    }
    // Again, until none is found: one that forks while we look is caught in the next round.
    for (let round = 0; round < ROUNDS; round += 1) {
      const strays = (await this.#claimants()).get(execution) ?? [];
      for (const pid of strays) {
        killed.add(pid);
        kill(pid);
      }
      if (strays.length === 0 && ![...killed].some(isRunning)) break;
      await delay(ROUND_MS);
    }
    this.#note(() => this.#forget.run(execution));
    return [...killed];
  }

  /**
   * A full disk must not cost the attempt whose group it is: a row that is missing leaves the environment to find what is left, and
   * one too many is told by its start time.
   */
  #note(write: () => unknown): void {
    try {
      write();
    } catch (error) {
      if (resultCodeOf(error) === undefined) throw error;
    }
  }

  /** Looks at all processes of the machine, once for all who ask in the same turn: up to 64 executions are adopted at once. */
  #claimants(): Promise<Claimants> {
    this.#looking ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#looking = undefined;
        resolve(claimantsOf(this.#claimPrefix));
      });
    });
    return this.#looking;
  }
}

/** Pids by the execution that they work for. */
type Claimants = ReadonlyMap<string, readonly number[]>;

function claimantsOf(prefix: string): Claimants {
  const others = environmentsWith(prefix).filter(({ pid }) => pid !== process.pid);
  const byExecution = Map.groupBy(others, ({ rest }) => rest.split('/', 1)[0] ?? '');
  return new Map([...byExecution].map(([execution, found]) => [execution, found.map(({ pid }) => pid)]));
}

/** One second at most: the kernel ends a process that gets SIGKILL at once, unless it waits for a device. */
const ROUNDS = 100;
const ROUND_MS = 10;

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}
