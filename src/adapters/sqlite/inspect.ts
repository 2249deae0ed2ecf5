import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { storageNewer } from '../../errors.ts';
import { isStopped, startTimeOf } from '../system/processes.ts';
import { explainStorageError } from './explain.ts';
import { ProcessLocks } from './process-lock.ts';

/** Looks at a data folder without joining it, for diagnosis. Nothing is written or repaired. */

/**
 * What SQLite finds wrong with a database, one line each; empty when it is sound. Reads all of it.
 * See https://www.sqlite.org/pragma.html#pragma_quick_check
 *
 * Throws STORAGE_CORRUPT, STORAGE_FOREIGN and the other storage errors when it cannot even be opened, STORAGE_NEWER when it has more
 * than the `known` migrations.
 */
export function problemsIn(path: string, known = Number.POSITIVE_INFINITY): readonly string[] {
  try {
    using database = new DatabaseSync(path, { readOnly: true, timeout: 1_000 });
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
    if (version > known) throw storageNewer(path, version, known);
    const lines = database
      .prepare('PRAGMA quick_check(10)')
      .all()
      .map((row) => String(Object.values(row)[0]));
    return lines.length === 1 && lines[0] === 'ok' ? [] : lines;
  } catch (error) {
    throw explainStorageError(path, error);
  }
}

export interface SeenProcess {
  readonly id: string;
  readonly pid: number;
  /** Holds its lock: it is at work on the folder, or stopped. */
  readonly isAlive: boolean;
  /** Alive, and the operating system has stopped it (SIGSTOP, Ctrl-Z): it holds on to what it owns and does nothing. */
  readonly isStopped: boolean;
}

/** The processes that joined the folder and did not leave it, whether they live or not. */
export function processesOn(dir: string): readonly SeenProcess[] {
  const path = join(dir, 'local.db');
  if (!existsSync(path)) return [];
  try {
    using database = new DatabaseSync(path, { readOnly: true, timeout: 1_000 });
    const locks = new ProcessLocks(join(dir, 'processes'));
    return database
      .prepare('SELECT process, pid, start_time AS startTime FROM processes ORDER BY started_at')
      .all()
      .map(({ process: id, pid, startTime }) => {
        const isAlive = locks.isAlive(String(id));
        const isSame = startTimeOf(Number(pid)) === startTime;
        return {
          id: String(id),
          pid: Number(pid),
          isAlive,
          isStopped: isAlive && isSame && isStopped(Number(pid)),
        };
      });
  } catch (error) {
    throw explainStorageError(path, error);
  }
}
