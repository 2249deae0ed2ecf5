import type { StatementSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessGroup, ProcessGroups } from '../../ports/process-groups.ts';
import { bootId, environmentsWith, isRunning, membersOf, startTimeOf } from '../system/processes.ts';
import { resultCodeOf } from './explain.ts';
import type { LocalDatabase } from './local-database.ts';
import type { Processes } from './processes.ts';

/**
 * Process groups in a table that a `kill -9` cannot take. On Linux, what left its group is found as well: every process of an attempt
 * inherits `TROUPE_CLAIM=<data id>/<execution>/…` in its environment.
 */
export class SqliteProcessGroups implements ProcessGroups {
  readonly #claimPrefix: string;
  readonly #processes: Pick<Processes, 'self' | 'isAlive'>;
  readonly #bootId = bootId();
  readonly #add: StatementSync;
  readonly #remove: StatementSync;
  readonly #groups: StatementSync;
  readonly #forget: StatementSync;
  readonly #all: StatementSync;
  #looking: Promise<readonly Claimant[]> | undefined;

  constructor(local: LocalDatabase, dataId: string, processes: Pick<Processes, 'self' | 'isAlive'>) {
    this.#processes = processes;
    this.#claimPrefix = `TROUPE_CLAIM=${dataId}/`;
    this.#add = local.prepare(
      `INSERT OR REPLACE INTO process_groups (execution, step, attempt, pgid, start_time, boot_id, process)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#remove = local.prepare(
      'DELETE FROM process_groups WHERE execution = ? AND step = ? AND attempt = ?',
    );
    this.#groups = local.prepare(
      `SELECT pgid, start_time AS startTime FROM process_groups
       WHERE execution = ? AND boot_id = ? AND start_time <> ''`,
    );
    this.#forget = local.prepare('DELETE FROM process_groups WHERE execution = ?');
    this.#all = local.prepare(
      `SELECT execution, step, attempt, pgid, start_time AS startTime, boot_id AS bootId, process
       FROM process_groups WHERE process <> ''`,
    );
  }

  add({ execution, step, attempt, pgid, startTime, bootId: boot }: ProcessGroup): void {
    const { process: us } = this.#processes.self;
    this.#note(() => this.#add.run(execution, step, attempt, pgid, startTime, boot, us));
  }

  remove({ execution, step, attempt }: Pick<ProcessGroup, 'execution' | 'step' | 'attempt'>): void {
    this.#note(() => this.#remove.run(execution, step, attempt));
  }

  async killLeftovers(execution: string): Promise<readonly number[]> {
    const killed = new Set<number>();
    for (const { pgid, startTime } of this.#groups.all(execution, this.#bootId)) {
      killGroup(Number(pgid), String(startTime), killed);
    }
    await this.#killStrays((claimant) => claimant.execution === execution, killed);
    this.#note(() => this.#forget.run(execution));
    return [...killed];
  }

  async killAttemptsOf(processes: 'dead' | 'own'): Promise<readonly number[]> {
    const { self } = this.#processes;
    const left = this.#all
      .all()
      .filter(({ process: id }) =>
        processes === 'own' ? id === self.process : !this.#processes.isAlive(String(id)),
      );
    if (left.length === 0) return [];
    const killed = new Set<number>();
    for (const { pgid, startTime, bootId: boot } of left) {
      if (boot === this.#bootId && startTime !== '') killGroup(Number(pgid), String(startTime), killed);
    }
    const attempts = new Set(left.map(({ execution, step, attempt }) => `${execution}/${step}/${attempt}`));
    await this.#killStrays((claimant) => attempts.has(claimant.attempt), killed);
    for (const { execution, step, attempt } of left) {
      this.#note(() => this.#remove.run(String(execution), String(step), Number(attempt)));
    }
    return [...killed];
  }

  /** By their environment, and again until none is found: one that forks while we look is caught in the next round. */
  async #killStrays(isMeant: (claimant: Claimant) => boolean, killed: Set<number>): Promise<void> {
    for (let round = 0; round < ROUNDS; round += 1) {
      const strays = (await this.#claimants()).filter(isMeant);
      for (const { pid } of strays) {
        killed.add(pid);
        kill(pid);
      }
      if (strays.length === 0 && ![...killed].some(isRunning)) break;
      await delay(ROUND_MS);
    }
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
  #claimants(): Promise<readonly Claimant[]> {
    this.#looking ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#looking = undefined;
        resolve(claimantsOf(this.#claimPrefix));
      });
    });
    return this.#looking;
  }
}

/** A process that works for an attempt. */
interface Claimant {
  readonly pid: number;
  readonly execution: string;
  /** `<execution>/<step>/<attempt>`. */
  readonly attempt: string;
}

function claimantsOf(prefix: string): readonly Claimant[] {
  const others = environmentsWith(prefix).filter(({ pid }) => pid !== process.pid);
  return others.map(({ pid, rest }) => {
    const parts = rest.split('/');
    return { pid, execution: parts[0] ?? '', attempt: parts.slice(0, 3).join('/') };
  });
}

/** Where the leader is another process by now, its members (if any are ours) are found by their environment. */
function killGroup(pgid: number, startTime: string, killed: Set<number>): void {
  if (startTimeOf(pgid) !== startTime) return;
  for (const pid of membersOf(pgid)) killed.add(pid);
  kill(-pgid);
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
