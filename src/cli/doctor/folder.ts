import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { networkFileSystemOf } from '../../adapters/sqlite/folder.ts';
import { bytesInWords } from '../views/value-lines.ts';
import { type Finding, note, ok, problem } from './finding.ts';

/** Whether state can be kept in the folder: that it can be written, is private, is on a local disk, and has room. */
export function checkFolder(dir: string): readonly Finding[] {
  const exists = existsSync(dir);
  const place = exists ? dir : nearestFolder(dir);
  if (!isWritable(place)) {
    return [
      problem(
        ABOUT,
        `${place} cannot be written to by this user.`,
        'Change its permissions, or name another folder with --data DIR.',
      ),
    ];
  }
  const kind = networkFileSystemOf(place);
  if (kind !== undefined) {
    return [
      problem(
        ABOUT,
        `${place} is on a network file system (${kind}), where locks do not protect a database.`,
        'Name a folder on a local disk with --data DIR.',
      ),
    ];
  }
  return [
    exists ? existing(dir) : ok(ABOUT, `${dir} is not there yet; the first run makes it`),
    roomOn(place),
  ];
}

const ABOUT = 'Data folder';

function existing(dir: string): Finding {
  const mode = statSync(dir).mode & 0o777;
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    return problem(
      ABOUT,
      `${dir} is open to other users (mode ${mode.toString(8)}): it holds inputs and outputs.`,
      `chmod 700 ${dir}`,
    );
  }
  return ok(ABOUT, `${dir} can be written, and by this user only`);
}

function roomOn(place: string): Finding {
  const { bavail, bsize } = statfsSync(place);
  return judgeRoom(bavail * bsize);
}

/** @param bytes free for this user */
export function judgeRoom(bytes: number): Finding {
  const text =
    bytes < MEDIUM_BYTES ? `${bytesInWords(bytes)} free` : `${Math.floor(bytes / MEDIUM_BYTES)} GiB free`;
  if (bytes < LITTLE_BYTES)
    return problem('Disk', text, 'Free space: without room nothing can be written down.');
  return bytes < MEDIUM_BYTES ? note('Disk', text, 'Free some space before long.') : ok('Disk', text);
}

const LITTLE_BYTES = 100 * 1024 ** 2;
const MEDIUM_BYTES = 1024 ** 3;

function nearestFolder(dir: string): string {
  const parent = dirname(dir);
  return existsSync(dir) || parent === dir ? dir : nearestFolder(parent);
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
