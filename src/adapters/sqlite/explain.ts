import {
  storageBusy,
  storageCorrupt,
  storageFailed,
  storageForeign,
  storageFull,
  storageReadOnly,
  TroupeError,
} from '../../errors.ts';

/** What SQLite or the file system threw about `path`, as its user should see it. */
export function explainStorageError(path: string, error: unknown): TroupeError {
  if (error instanceof TroupeError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  switch (resultCodeOf(error) ?? systemCodeOf(error)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return storageBusy(path, error);
    case SQLITE_FULL:
    case 'ENOSPC':
    case 'EDQUOT':
      return storageFull(path, error);
    case SQLITE_READONLY:
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return storageReadOnly(path, error);
    case SQLITE_CORRUPT:
      return storageCorrupt(path, reason, error);
    case SQLITE_NOTADB:
      return storageForeign(path, error);
    default:
      return storageFailed(path, reason, error);
  }
}

/** Another connection is writing: the same call may succeed a moment later. */
export function isBusy(error: unknown): boolean {
  return resultCodeOf(error) === SQLITE_BUSY;
}

// https://www.sqlite.org/rescode.html
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_READONLY = 8;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

/** SQLite's primary result code, if it was SQLite that threw; the extended ones keep it in their low byte. */
export function resultCodeOf(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code & 0xff : undefined;
}

function systemCodeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
