import type { ChildProcess } from 'node:child_process';

/** How long the outputs of a program that has ended may stay silent before nobody waits for more. */
const QUIET_MS = 250;

/** How long others may go on talking through them at all. */
const PATIENCE_MS = 5000;

/**
 * Closes the outputs of a program some time after it has ended if they are still open: a process that it left behind may
 * hold them for ever. Returns a function that tells whether that was necessary.
 */
export function closeOutputsAfterExit(child: ChildProcess): () => boolean {
  const outputs = [child.stdout, child.stderr];
  let heard = false;
  let forced = false;
  let timer: NodeJS.Timeout | undefined;
  let exitedAt = 0;

  const look = () => {
    // Timers run before reading: after a busy moment of this process there may be something to read.
    setImmediate(() => {
      if (timer === undefined) return;
      if (heard && performance.now() - exitedAt < PATIENCE_MS) {
        heard = false;
        timer = setTimeout(look, QUIET_MS);
        return;
      }
      forced = true;
      for (const output of outputs) output?.destroy();
    });
  };
  for (const output of outputs) {
    output?.on('data', () => {
      heard = true;
    });
  }
  child.once('exit', () => {
    exitedAt = performance.now();
    heard = false;
    timer = setTimeout(look, QUIET_MS);
  });
  child.once('close', () => {
    clearTimeout(timer);
    timer = undefined;
  });
  return () => forced;
}
