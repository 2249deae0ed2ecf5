import { userInfo } from 'node:os';
import type { CliContext } from './context.ts';

/** Who asks: the name that was given, else the user's. */
export function nameOf({ env }: Pick<CliContext, 'env'>, given: string | undefined): string | undefined {
  return given ?? env.TROUPE_USER ?? env.USER ?? env.LOGNAME ?? env.USERNAME ?? systemName();
}

function systemName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    // A user without an entry in the system's list, as in a container.
    return undefined;
  }
}
