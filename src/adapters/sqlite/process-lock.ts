import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isBusy } from './explain.ts';

/**
 * Who lives. Each process holds an exclusive SQLite transaction on a file of its own, `ID.lock`: the kernel lets go of it when the
 * process dies, however it dies, and keeps it while the process is only stopped. Nothing is ever written to the file.
 */
export class ProcessLocks {
  readonly #dir: string;
  /** Ids are never used again, so who is dead stays dead. */
  readonly #dead = new Set<string>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Takes the lock of a new process; returns how to let go of it. */
  hold(id: string): () => void {
    const path = this.#pathOf(id);
    // Somebody may just be looking whether we live.
    const lock = new DatabaseSync(path, { timeout: 2_000 });
    lock.exec('BEGIN EXCLUSIVE');
    return () => {
      // First the file: without it, nobody takes us for alive.
      rmSync(path, { force: true });
      lock.close();
    };
  }

  /** Whether the process holds its lock. One that only looks takes a shared lock, so that two may look at once. */
  isAlive(id: string): boolean {
    if (this.#dead.has(id)) return false;
    const isAlive = isHeld(this.#pathOf(id));
    if (!isAlive) this.#dead.add(id);
    return isAlive;
  }

  /** Removes what a dead process left. */
  clear(id: string): void {
    rmSync(this.#pathOf(id), { force: true });
  }

  /** Ids of all lock files, whoever holds them. One that was just made may be about to be locked. */
  list(): readonly string[] {
    return readdirSync(this.#dir)
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => name.slice(0, -SUFFIX.length));
  }

  /** The same for those older than `ageMs`. */
  listOlderThan(ageMs: number): readonly string[] {
    const before = Date.now() - ageMs;
    return this.list().filter(
      (id) => (statSync(this.#pathOf(id), { throwIfNoEntry: false })?.mtimeMs ?? before) < before,
    );
  }

  #pathOf(id: string): string {
    return join(this.#dir, `${id}${SUFFIX}`);
  }
}

const SUFFIX = '.lock';

function isHeld(path: string): boolean {
  if (!existsSync(path)) return false;
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    lock.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw error;
  } finally {
    lock.close();
  }
}
