import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * What the operating system knows of processes that are not ours any more. Linux answers from /proc; elsewhere `ps` and
 * `sysctl` do, and environments cannot be read.
 */

/** Names this start of the machine: process ids of another one mean nothing. Empty where unknown. */
export function bootId(): string {
  return isLinux
    ? textOf('/proc/sys/kernel/random/boot_id').trim()
    : answerOf('sysctl', ['-n', 'kern.boottime']);
}

/** Names what process ids mean something in: this start of the machine, and the container's own processes. Empty where unknown. */
export function machineId(): string {
  if (!isLinux) return '';
  try {
    return `${bootId()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}

/** Whether a process of this very machine is not there any more; false for those of others, of which nothing is known. */
export function isGoneHere({
  pid,
  machine,
}: {
  readonly pid: number;
  readonly machine?: string | undefined;
}): boolean {
  if (machine === undefined || machine === '') return false;
  own ??= machineId();
  return machine === own && !isRunning(pid);
}

let own: string | undefined;

/** When the process was started, in the kernel's own words; tells a reused pid. Empty when there is no such process. */
export function startTimeOf(pid: number): string {
  if (!isLinux) return answerOf('ps', ['-o', 'lstart=', '-p', String(pid)]);
  return statOf(pid)?.startTime ?? '';
}

/** Whether the process does or may still do anything; one that only waits to be reaped does not. */
export function isRunning(pid: number): boolean {
  if (!isLinux) return answerOf('ps', ['-o', 'pid=', '-p', String(pid)]) !== '';
  const stat = statOf(pid);
  return stat !== undefined && stat.state !== 'Z' && stat.state !== 'X';
}

/** Whether the process is stopped (SIGSTOP, Ctrl-Z): it lives, and does nothing until it is told to go on. */
export function isStopped(pid: number): boolean {
  const state = isLinux ? statOf(pid)?.state : answerOf('ps', ['-o', 'stat=', '-p', String(pid)]);
  return state?.startsWith('T') === true;
}

/** Running members of a process group. */
export function membersOf(pgid: number): readonly number[] {
  if (!isLinux) {
    return answerOf('pgrep', ['-g', String(pgid)])
      .split('\n')
      .filter(Boolean)
      .map(Number);
  }
  return pids().filter((pid) => {
    const stat = statOf(pid);
    return stat?.pgid === pgid && stat.state !== 'Z';
  });
}

/**
 * Running processes with a variable in their environment whose `NAME=value` begins with `prefix`, and what follows the prefix. Linux
 * only; else empty.
 */
export function environmentsWith(prefix: string): readonly { readonly pid: number; readonly rest: string }[] {
  if (!isLinux) return [];
  return pids().flatMap((pid) => {
    const environment = textOf(`/proc/${pid}/environ`);
    // Most have nothing of the kind: splitting all of them would cost more than reading them.
    if (!environment.includes(prefix)) return [];
    const found = environment.split('\0').find((entry) => entry.startsWith(prefix));
    return found === undefined ? [] : [{ pid, rest: found.slice(prefix.length) }];
  });
}

const isLinux = process.platform === 'linux';

function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

interface Stat {
  readonly state: string;
  readonly pgid: number;
  readonly startTime: string;
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; a program's name may hold blanks and brackets. */
function statOf(pid: number): Stat | undefined {
  const text = textOf(`/proc/${pid}/stat`);
  if (text === '') return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', pgid: Number(fields[2]), startTime: fields[19] ?? '' };
}

/** Empty when the process is gone or belongs to somebody else. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Empty when the program is missing or finds nothing. */
function answerOf(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}
