import { text } from 'node:stream/consumers';
import { systemClock } from '../adapters/system/clock.ts';
import { systemRandom } from '../adapters/system/random.ts';
import type { CliContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { DEFAULT_LOG_LEVEL } from './logging.ts';
import { streamOutput } from './output.ts';
import { runCommandLine } from './program.ts';

/** The command line as a process: everything else is reached through the context. */
export async function runProcess(): Promise<void> {
  // Whoever reads us has gone (`troupe list | head`): there is nobody left to tell anything.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(EXIT.completed);
      throw error;
    });
  }
  // Timers of the clock do not keep a process alive, and an execution may wait for nothing else.
  const keepAlive = setInterval(() => undefined, 2 ** 30);
  const code = await runCommandLine(process.argv.slice(2), systemContext());
  clearInterval(keepAlive);
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(code);
}

function systemContext(): CliContext {
  const { env } = process;
  return {
    stdout: streamOutput(process.stdout, env),
    stderr: streamOutput(process.stderr, env),
    env,
    cwd: process.cwd(),
    clock: systemClock,
    random: systemRandom,
    exitCode: EXIT.completed,
    isVerbose: false,
    logLevel: DEFAULT_LOG_LEVEL,
    wantsJson: false,
    hasPrintedJson: false,
    readStdin: () => text(process.stdin),
    onInterrupt,
    endAtOnce: (code) => process.exit(code),
  };
}

const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function onInterrupt(listener: () => void): () => void {
  for (const signal of INTERRUPTS) process.on(signal, listener);
  return () => {
    for (const signal of INTERRUPTS) process.off(signal, listener);
  };
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => void stream.write('', () => resolve()));
}
