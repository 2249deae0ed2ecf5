import { closeSync, existsSync, mkdirSync, openSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { storageFailed, storageOnNetwork } from '../../errors.ts';
import { explainStorageError } from './explain.ts';

/** The paths of one data folder. */
export interface Folder {
  readonly dir: string;
  readonly log: string;
  readonly local: string;
  readonly artifacts: string;
  readonly processes: string;
}

/**
 * Makes a data folder, private to the user, or finds it made. Throws STORAGE_ON_NETWORK, STORAGE_READ_ONLY, STORAGE_FULL or
 * STORAGE_FAILED.
 */
export function prepareFolder(dir: string): Folder {
  const folder = {
    dir,
    log: join(dir, 'log.db'),
    local: join(dir, 'local.db'),
    artifacts: join(dir, 'artifacts'),
    processes: join(dir, 'processes'),
  };
  try {
    for (const path of [dir, folder.artifacts, folder.processes]) makeFolder(path);
    const kind = networkFileSystemOf(dir);
    if (kind !== undefined) throw storageOnNetwork(dir, kind);
    for (const path of [folder.log, folder.local]) createPrivate(path);
  } catch (error) {
    throw explainStorageError(dir, error);
  }
  return folder;
}

/**
 * Makes a folder and those above it, private to the user. Not with `recursive: true`, which never returns where a file system refuses
 * new folders with ENOENT, as /proc does.
 */
function makeFolder(path: string): void {
  if (existsSync(path)) {
    if (!statSync(path).isDirectory()) throw storageFailed(path, 'it is a file, not a folder');
    return;
  }
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process was faster.
    if (!existsSync(path)) throw error;
  }
}

/** The network file system that a folder is on; undefined on a local one. Only Linux can tell. */
export function networkFileSystemOf(
  dir: string,
  typeOf: (dir: string) => number = (path) => statfsSync(path).type,
): string | undefined {
  return process.platform === 'linux' ? NETWORK_FILE_SYSTEMS.get(typeOf(dir) >>> 0) : undefined;
}

/** https://man7.org/linux/man-pages/man2/statfs.2.html */
const NETWORK_FILE_SYSTEMS = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x564c, 'NCP'],
  [0x5346414f, 'AFS'],
  [0x73757245, 'Coda'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
]);

/**
 * SQLite would make the file readable for all, and gives its side files the mode of the file. A file that is there is not even
 * opened: closing it again would drop this process's locks on it (https://www.sqlite.org/howtocorrupt.html, section 2.2).
 */
function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
