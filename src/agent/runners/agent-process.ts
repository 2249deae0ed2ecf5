import { execa } from 'execa';
import { closeOutputsAfterExit } from './output-streams.ts';
import { isGroupAlive, killAll, terminate } from './terminate.ts';

export interface ProgramCall {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Written to stdin; a program need not read it. */
  readonly input: string;
  /** Marks the program and all it starts, in their environment. */
  readonly marker: string;
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number;
  /** Called in the turn in which the process was started. */
  readonly onStart: (pid: number) => void;
  /** Called when the process itself has ended; its outputs may still be open. */
  readonly onExit: () => void;
  readonly onStdout: (chunk: Uint8Array) => void;
  readonly onStderr: (chunk: Uint8Array) => void;
}

/** How a program ended; `code` of `unstarted` is the system's (`ENOENT`). */
export type ProgramEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'unstarted'; readonly code: string; readonly why: string };

/** A running program in a process group of its own. */
export interface AgentProcess {
  /** Resolves when the program has ended, its outputs have been read, and nothing of it is left. Never rejects. */
  readonly ended: Promise<ProgramEnd>;
  /** Ends it: SIGTERM to the group, then SIGKILL to all that carry its marker. */
  end(): void;
}

export function startProcess(call: ProgramCall): AgentProcess {
  const child = execa(call.program, call.args, {
    cwd: call.cwd,
    env: call.environment,
    extendEnv: false,
    input: call.input,
    encoding: 'buffer',
    buffer: false,
    reject: false,
    // A group of its own, ended with this process.
    killDescendants: true,
    cleanup: true,
  });
  const { pid, nodeChildProcess } = child;
  if (pid !== undefined) call.onStart(pid);
  child.stdout.on('data', call.onStdout);
  child.stderr.on('data', call.onStderr);
  nodeChildProcess.once('exit', call.onExit);
  const exited = new Promise<void>((resolve) => nodeChildProcess.once('exit', () => resolve()));
  const wereHeldOpen = closeOutputsAfterExit(nodeChildProcess);
  let terminating: Promise<void> | undefined;

  return {
    ended: finish(),
    end: () => {
      if (pid !== undefined) terminating ??= terminate({ pid, marker: call.marker, exited }, call.graceMs);
    },
  };

  async function finish(): Promise<ProgramEnd> {
    const { exitCode, signal, code, originalMessage } = await child;
    if (pid === undefined) return { kind: 'unstarted', code: code ?? 'UNKNOWN', why: originalMessage ?? '' };
    await terminating;
    if (wereHeldOpen() || isGroupAlive(pid)) await killAll({ pid, marker: call.marker });
    if (exitCode !== undefined) return { kind: 'exited', exitCode };
    return { kind: 'signalled', signal: signal ?? 'a signal' };
  }
}
