import { execa } from 'execa';
import type { Notification } from '../ports/notifier.ts';

const TIMEOUT_MS = 30_000;

/** Runs the program with the notification as JSON on standard input; throws unless it ends with 0. */
export async function runCommand(
  [program, ...args]: readonly string[],
  notification: Notification,
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<void> {
  const { failed, shortMessage } = await execa(program ?? '', args, {
    cwd,
    env: { ...env, TROUPE_NOTIFICATION: notification.kind, TROUPE_EXECUTION: notification.execution },
    extendEnv: false,
    input: JSON.stringify(notification),
    timeout: TIMEOUT_MS,
    forceKillAfterDelay: 2_000,
    reject: false,
    stdout: 'ignore',
    stderr: 'ignore',
  });
  if (failed) throw new Error(shortMessage);
}
