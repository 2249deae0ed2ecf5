import { DatabaseSync } from 'node:sqlite';
import { isBusy } from './explain.ts';

/**
 * Takes an exclusive lock on a file, which is made when it is missing and stays: the kernel lets go of the lock when the process
 * dies, however it dies. Undefined when another holds it; never waits.
 *
 * @returns how to let go
 */
export function tryFileLock(path: string): (() => void) | undefined {
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return () => lock.close();
  } catch (error) {
    lock.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}
