import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The `nats-server` of this machine: what TROUPE_NATS_SERVER names, else on the PATH, else where packages put it. Undefined when
 * there is none.
 */
export function findNatsServer(env: Environment): string | undefined {
  const named = env.TROUPE_NATS_SERVER;
  if (named !== undefined && named !== '') return isExecutable(named) ? named : undefined;
  const dirs = [...(env.PATH ?? '').split(delimiter).filter((dir) => dir !== ''), ...PACKAGE_FOLDERS];
  return dirs.map((dir) => join(dir, PROGRAM)).find(isExecutable);
}

const PROGRAM = process.platform === 'win32' ? 'nats-server.exe' : 'nats-server';

/** Debian's package puts it where the PATH of a plain user does not lead. */
const PACKAGE_FOLDERS =
  process.platform === 'win32' ? [] : ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
