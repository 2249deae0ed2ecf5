import { userInfo } from 'node:os';
import { usageInvalid } from '../errors.ts';
import { settingsOf } from './config/load.ts';
import type { CliContext } from './context.ts';

/** In whose name a command speaks: `--as`, else the setting `user`, else who is logged in. Throws USAGE. */
export function personOf(context: CliContext, given: string | undefined): string {
  const name = given ?? (settingsOf(context).user || loggedIn());
  if (name !== undefined && name.trim() !== '' && name.length <= 128) return name.trim();
  throw usageInvalid(
    'It is not known who you are.',
    'Say it with --as NAME, or set it: troupe config set user NAME.',
  );
}

function loggedIn(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    // A container may run as somebody that its system does not know.
    return undefined;
  }
}
