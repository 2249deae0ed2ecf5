import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { problemsIn, processesOn } from '../../adapters/sqlite/inspect.ts';
import { LOCAL_MIGRATIONS, LOG_MIGRATIONS } from '../../adapters/sqlite/schema.ts';
import { toTroupeError } from '../../errors.ts';
import { type Finding, note, ok, problem } from './finding.ts';

/** Whether the databases of the data folder open and are sound. Reads all of each. */
export function checkDatabases(dir: string): readonly Finding[] {
  return FILES.filter(({ file }) => existsSync(join(dir, file))).map((kept) => checkDatabase(dir, kept));
}

interface Kept {
  readonly file: string;
  /** The format that this version writes; absent where a newer one is made again. */
  readonly format?: number;
  readonly remedy: string;
}

const FILES: readonly Kept[] = [
  {
    file: 'log.db',
    format: LOG_MIGRATIONS.length,
    remedy:
      'Stop every troupe process, keep the file, and restore the folder from a backup; `sqlite3 log.db .recover` may read what is left.',
  },
  {
    file: 'local.db',
    format: LOCAL_MIGRATIONS.length,
    remedy: 'Stop every troupe process and remove local.db, local.db-wal and local.db-shm: it is made again.',
  },
  {
    file: 'history.db',
    remedy: 'Remove history.db, history.db-wal and history.db-shm: it is made again from the log.',
  },
];

function checkDatabase(dir: string, { file, format, remedy }: Kept): Finding {
  try {
    const problems = problemsIn(join(dir, file), format);
    if (problems.length === 0) return ok(file, 'opens and is sound');
    return problem(file, `is damaged: ${problems.join('; ')}`, remedy);
  } catch (error) {
    const { code, message, hint } = toTroupeError(error);
    return problem(file, message, code === 'STORAGE_CORRUPT' || code === 'STORAGE_FOREIGN' ? remedy : hint);
  }
}

/** Processes that are stopped while they hold on to the folder, and those that died without leaving it. */
export function checkProcesses(dir: string): readonly Finding[] {
  let seen: ReturnType<typeof processesOn>;
  try {
    seen = processesOn(dir);
  } catch {
    // local.db does not open, which checkDatabases says.
    return [];
  }
  const stopped = seen.filter(({ isStopped }) => isStopped);
  const alive = seen.filter(({ isAlive }) => isAlive).length;
  const dead = seen.length - alive;
  return [
    ...stopped.map(({ pid }) =>
      problem(
        ABOUT,
        `process ${pid} is stopped while it owns executions.`,
        `kill -CONT ${pid}, or kill -9 ${pid}`,
      ),
    ),
    ...(dead === 0 ? [] : [note(ABOUT, `${dead} ended without cleaning up; that is cleared by itself`)]),
    ...(seen.length === 0 ? [] : [ok(ABOUT, `${alive} at work on this folder`)]),
  ];
}

const ABOUT = 'Processes';
