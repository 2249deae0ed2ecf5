import { text } from 'node:stream/consumers';
import { systemClock } from '../adapters/system/clock.ts';
import { systemRandom } from '../adapters/system/random.ts';
import { flushTraces } from '../telemetry/load.ts';
import type { CliContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { DEFAULT_LOG_LEVEL } from './logging.ts';
import { streamOutput } from './output.ts';
import { runCommandLine } from './program.ts';
import { keyboardOf } from './terminal/keyboard.ts';
import { SHOW_CURSOR } from './terminal/screen.ts';

/** The command line as a process: everything else is reached through the context. */
export async function runProcess(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', readerIsGone);
  // However it ends: a live view may have hidden it.
  if (process.stdout.isTTY) process.on('exit', () => void process.stdout.write(SHOW_CURSOR));
  // Timers of the clock do not keep a process alive, and an execution may wait for nothing else.
  const keepAlive = setInterval(() => undefined, 2 ** 30);
  const code = await runCommandLine(process.argv.slice(2), systemContext());
  clearInterval(keepAlive);
  await Promise.all([flushed(process.stdout), flushed(process.stderr), tracesExported()]);
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
    keyboard: keyboardOf(process.stdin),
    suspend,
    onSuspend,
    writeAtExit,
    onInterrupt,
    endAtOnce: (code) => process.exit(code),
  };
}

const suspendListeners = new Set<() => void>();

function stop(): void {
  for (const listener of [...suspendListeners]) listener();
}

/** Nothing of this process runs while it is stopped, so a timer tells that it goes on; also where it could not be stopped at all. */
async function suspend(): Promise<void> {
  process.off('SIGTSTP', stop);
  process.kill(process.pid, 'SIGTSTP');
  await new Promise((resolve) => setTimeout(resolve, RESUMED_MS));
  if (suspendListeners.size > 0) process.on('SIGTSTP', stop);
}

const RESUMED_MS = 20;

function onSuspend(listener: () => void): () => void {
  if (suspendListeners.size === 0) process.on('SIGTSTP', stop);
  suspendListeners.add(listener);
  return () => {
    suspendListeners.delete(listener);
    if (suspendListeners.size === 0) process.off('SIGTSTP', stop);
  };
}

function writeAtExit(atExit: string): () => void {
  const write = (): void => void process.stdout.write(atExit);
  process.on('exit', write);
  return () => process.off('exit', write);
}

const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const interruptListeners = new Set<() => void>();

function interrupt(): void {
  for (const listener of [...interruptListeners]) listener();
}

function onInterrupt(listener: () => void): () => void {
  if (interruptListeners.size === 0) for (const signal of INTERRUPTS) process.on(signal, interrupt);
  interruptListeners.add(listener);
  return () => {
    interruptListeners.delete(listener);
    if (interruptListeners.size === 0) for (const signal of INTERRUPTS) process.off(signal, interrupt);
  };
}

/** An exporter whose collector does not answer must not keep the command from ending. */
const EXPORT_MS = 3_000;

async function tracesExported(): Promise<void> {
  await Promise.race([flushTraces(), new Promise((resolve) => setTimeout(resolve, EXPORT_MS))]);
}

let isReaderGone = false;

/**
 * `troupe run … | head`, or a terminal that was closed: there is nobody left to tell anything. What can be interrupted is, once;
 * anything else just ends.
 */
function readerIsGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  if (interruptListeners.size === 0) process.exit(EXIT.completed);
  if (!isReaderGone) interrupt();
  isReaderGone = true;
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  if (isReaderGone) return Promise.resolve();
  return new Promise((resolve) => void stream.write('', () => resolve()));
}
