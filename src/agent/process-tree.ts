import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import type { ProcessGroup } from '../ports/process-groups.ts';

/**
 * Finds the processes of attempts at work. On Linux `/proc` tells which processes carry an attempt's marker in their
 * environment, whatever group or session they moved to. Elsewhere only the process group is known. What outlives the host
 * itself is found by the same marker, through the ProcessGroups port.
 */

/** The variable that marks the processes of an attempt: `<data id>/<execution>/<step>/<attempt>/<fence>`. */
export const MARKER_VARIABLE = 'TROUPE_CLAIM';

/** What a process group is recognised by later; empty strings where the system does not say. */
export function identifyGroup(pgid: number): Pick<ProcessGroup, 'pgid' | 'startTime' | 'bootId'> {
  return { pgid, startTime: readProcess(pgid)?.startTime ?? '', bootId: readBootId() };
}

/**
 * The living processes of an attempt: those in its group, and those that carry its marker. A group whose processes carry
 * other markers is not the attempt's: its id was given out again.
 */
export function findAttemptProcesses({ pgid, marker }: { pgid: number; marker: string }): number[] {
  return livingProcesses().flatMap((found) => {
    const carried = readMarker(found.pid);
    const isOurs = carried === marker || (found.pgid === pgid && carried === undefined);
    return isOurs ? [found.pid] : [];
  });
}

/** Sends a signal to a process, or to a group as `-pgid`; false if there is none (any more) or it is not ours. */
export function kill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    // ESRCH: gone, which is what was wanted. EPERM: another user's.
    return false;
  }
}

/** Whether the process is there and may do nothing (SIGSTOP, a debugger). False where nobody can tell. */
export function isStopped(pid: number): boolean {
  if (!canListProcesses()) return false;
  const state = readProcess(pid)?.state;
  return state === 'T' || state === 't';
}

/** Whether `/proc` can be asked. */
export function canListProcesses(): boolean {
  return readBootId() !== '';
}

interface ProcessEntry {
  readonly pid: number;
  readonly pgid: number;
  /** One letter; `T` and `t` are stopped (proc_pid_stat(5)). */
  readonly state: string;
  /** In ticks since the machine started. */
  readonly startTime: string;
}

function livingProcesses(): ProcessEntry[] {
  if (!canListProcesses()) return [];
  return readdirSync('/proc').flatMap((name) => {
    const found = /^\d+$/.test(name) ? readProcess(Number(name)) : undefined;
    return found === undefined || found.pid === process.pid ? [] : [found];
  });
}

/** Undefined when there is no such process, or only its exit code is left (a zombie). */
function readProcess(pid: number): ProcessEntry | undefined {
  const stat = readProc(`${pid}/stat`);
  if (stat === undefined) return undefined;
  // `pid (name) state ppid pgrp … starttime …`; the name may hold spaces and brackets (proc_pid_stat(5), fields 3, 5, 22).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = '', , pgid = ''] = fields;
  const startTime = fields[19] ?? '';
  return state === 'Z' || state === 'X' ? undefined : { pid, pgid: Number(pgid), state, startTime };
}

function readMarker(pid: number): string | undefined {
  const prefix = `${MARKER_VARIABLE}=`;
  const variables = readProc(`${pid}/environ`)?.split('\0');
  return variables?.find((variable) => variable.startsWith(prefix))?.slice(prefix.length);
}

let bootId: string | undefined;

/** Different after every start of the machine; empty where there is no `/proc`. */
function readBootId(): string {
  bootId ??= readProc('sys/kernel/random/boot_id')?.trim() ?? '';
  return bootId;
}

function readProc(file: string): string | undefined {
  try {
    return readFileSync(`/proc/${file}`, 'latin1');
  } catch {
    // The process has ended meanwhile, belongs to another user, or this is not Linux.
    return undefined;
  }
}
