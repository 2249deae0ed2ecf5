import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crashOnNats } from '../nats/crash.ts';
import type { BenchOptions } from '../options.ts';
import { round } from '../statistics.ts';

const STEPS = 10;
/** Of the marks that all steps write at start and end, when to kill: as WORKLOADS.md says, 1,600 of 4,000. */
const KILL_AT = 0.4;

/** Kills the process with SIGKILL amid the work, starts another on the same folder, and counts what ran again. */
export async function w4(options: BenchOptions): Promise<object> {
  if (options.engine === 'nats') return crashOnNats(options);
  const { data, executions = 200 } = options;
  const marks = join(data, 'marks');
  const acknowledged = join(data, 'acknowledged');
  const start = (): ChildProcess =>
    spawn(
      process.execPath,
      [fileURLToPath(new URL('../crash-worker.ts', import.meta.url)), data, String(executions)],
      {
        stdio: ['ignore', 'inherit', 'inherit'],
        // As for compiled code: without it most of the time is Node stripping types at the start.
        env: { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'), ...process.env },
      },
    );
  const first = start();
  await linesIn(marks, Math.floor(executions * STEPS * 2 * KILL_AT));
  first.kill('SIGKILL');
  await once(first, 'exit');
  const marksBefore = read(marks);
  const acknowledgedBefore = new Set(read(acknowledged));
  const began = performance.now();
  const second = start();
  const [code] = await once(second, 'exit');
  const seconds = (performance.now() - began) / 1000;
  const all = read(marks);
  const endedBefore = new Set(
    marksBefore.filter((line) => line.startsWith('E ')).map((line) => line.slice(2)),
  );
  const startedAfter = all
    .slice(marksBefore.length)
    .filter((line) => line.startsWith('S '))
    .map((line) => line.slice(2));
  const startedBefore = new Set(
    marksBefore.filter((line) => line.startsWith('S ')).map((line) => line.slice(2)),
  );
  const completed = new Set(read(join(data, 'completed')));
  return {
    executions,
    steps: executions * STEPS,
    recovery_s: round(seconds),
    exit_code: code,
    lost: executions - completed.size,
    steps_started_again: startedAfter.filter((step) => startedBefore.has(step)).length,
    finished_steps_run_again: startedAfter.filter((step) => endedBefore.has(step)).length,
    acknowledged_steps_run_again: startedAfter.filter((step) => acknowledgedBefore.has(step)).length,
  };
}

function read(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}

/** Resolves when the file has that many lines; looks often, since the kill should hit amid the work. */
async function linesIn(file: string, count: number): Promise<void> {
  while (read(file).length < count) await new Promise((resolve) => setTimeout(resolve, 5));
}
