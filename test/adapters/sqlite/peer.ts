import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { OwnerInfo } from '../../../src/ports/ownership.ts';

export type Command =
  | { readonly kind: 'take'; readonly execution: string }
  | { readonly kind: 'append'; readonly execution: string; readonly count: number }
  | { readonly kind: 'follow'; readonly count: number }
  | { readonly kind: 'start-group'; readonly execution: string };

/** Another process on a data folder. */
export interface Peer {
  readonly self: OwnerInfo;
  /** Resolves with the command's result. One command at a time. */
  perform(command: Command): Promise<unknown>;
  /** Resolves when this many appends were acknowledged to the process. */
  acknowledged(count: number): Promise<void>;
  /** How many appends were acknowledged so far. */
  readonly acknowledgedCount: number;
  /** Resolves when the process is gone (or, for SIGSTOP, at once). */
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
}

export async function startPeer(dir: string): Promise<Peer> {
  const child = fork(fileURLToPath(new URL('./store-process.ts', import.meta.url)), [dir]);
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let acknowledgedCount = 0;
  child.on('message', (message: { acknowledged?: number }) => {
    if (message.acknowledged !== undefined) acknowledgedCount = message.acknowledged + 1;
  });
  const self = (await resultFrom(child)) as OwnerInfo;
  return {
    self,
    get acknowledgedCount() {
      return acknowledgedCount;
    },
    perform(command) {
      child.send(command);
      return resultFrom(child);
    },
    async acknowledged(count) {
      while (acknowledgedCount < count) await once(child, 'message');
    },
    async signal(signal) {
      const exited = once(child, 'exit');
      child.kill(signal);
      if (signal === 'SIGKILL') await exited;
    },
  };
}

function resultFrom(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: { result?: unknown; acknowledged?: number }): void => {
      if (message.acknowledged !== undefined) return;
      child.off('message', onMessage);
      resolve(message.result);
    };
    child.on('message', onMessage);
    child.once('exit', (code, signal) => reject(new Error(`The process ended: ${signal ?? code}`)));
  });
}
