import { hostname } from 'node:os';
import type { OwnerInfo } from '../../ports/ownership.ts';
import { bootId, startTimeOf } from '../system/processes.ts';
import type { LocalDatabase } from './local-database.ts';
import { ProcessLocks } from './process-lock.ts';

/** The processes on one data folder: the lock decides who lives, the table only says who that is. */
export class Processes {
  readonly self: OwnerInfo;
  readonly #local: LocalDatabase;
  readonly #locks: ProcessLocks;
  readonly #release: () => void;

  /** Joins as a new process with this id, and clears up after dead ones. */
  constructor(local: LocalDatabase, dir: string, { id, startedAt }: { id: string; startedAt: number }) {
    this.#local = local;
    this.#locks = new ProcessLocks(dir);
    this.self = { process: id, pid: process.pid, hostname: hostname(), startedAt };
    this.#release = this.#locks.hold(id);
    local
      .prepare(
        'INSERT INTO processes (process, pid, hostname, started_at, start_time, boot_id) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(id, process.pid, this.self.hostname, startedAt, startTimeOf(process.pid), bootId());
    this.#clearDead();
  }

  isAlive(id: string): boolean {
    return id === this.self.process || this.#locks.isAlive(id);
  }

  /** Who a living process is; undefined when it is dead. */
  find(id: string): OwnerInfo | undefined {
    if (id === this.self.process) return this.self;
    if (!this.#locks.isAlive(id)) return undefined;
    const row = this.#local
      .prepare('SELECT process, pid, hostname, started_at AS startedAt FROM processes WHERE process = ?')
      .get(id);
    // A process whose row was lost with the machine's last moments is dead, but its file may be held by a copy of the folder.
    return row === undefined
      ? { process: id, pid: 0, hostname: '', startedAt: 0 }
      : (row as unknown as OwnerInfo);
  }

  leave(): void {
    this.#forget(this.self.process);
    this.#release();
  }

  #clearDead(): void {
    for (const id of this.#locks.listOlderThan(STRAY_LOCK_AGE_MS)) {
      if (this.isAlive(id)) continue;
      this.#forget(id);
      this.#locks.clear(id);
    }
  }

  #forget(id: string): void {
    this.#local.prepare('DELETE FROM hosts WHERE process = ?').run(id);
    this.#local.prepare('DELETE FROM processes WHERE process = ?').run(id);
  }
}

const STRAY_LOCK_AGE_MS = 60_000;
