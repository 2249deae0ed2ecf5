import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentVariable } from '../definition.ts';

/** What programs need to run at all; everything else of the host's environment stays with the host. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  // Windows programs do not start without these.
  'SystemRoot',
  'SystemDrive',
  'windir',
  'ComSpec',
  'PATHEXT',
  'TEMP',
  'TMP',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
];

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment of an agent's process or thread: the basics and the variables that its file names. Node's cache of compiled
 * code is always there: an agent is a new process for every attempt, and with it a program of a few files starts in a third of
 * the time (measured). The folder is Node's own default: https://nodejs.org/api/module.html#module-compile-cache
 */
export function agentEnvironment(
  host: Environment,
  variables: readonly AgentVariable[],
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const name of [...PASSED_ON, ...variables.map((variable) => variable.name)]) {
    const value = host[name];
    if (value !== undefined) result[name] = value;
  }
  result.NODE_COMPILE_CACHE = host.NODE_COMPILE_CACHE ?? join(tmpdir(), 'node-compile-cache');
  return result;
}
