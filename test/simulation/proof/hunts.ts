import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Hunt } from './mutant-process.ts';
import type { Mutant } from './mutants.ts';

export interface HuntOptions {
  /** At work side by side. */
  readonly processes: number;
  /** Begins so many seeds before the one that is known to catch the mutant. Default: with seed 1. */
  readonly around?: number | undefined;
  /** At the most, per mutant. Default 500. */
  readonly seeds?: number | undefined;
}

const PROCESS = fileURLToPath(new URL('./mutant-process.ts', import.meta.url));

/** Looks for the seeds that catch the mutants, each told of when it is through. Rejects when a process ends before its time. */
export async function huntAll(
  mutants: readonly Mutant[],
  { processes, around, seeds = 500 }: HuntOptions,
  tell: (hunt: Hunt) => void,
): Promise<void> {
  const options = ['--seeds', `${seeds}`, ...(around === undefined ? [] : ['--around', `${around}`])];
  const shares = Array.from({ length: Math.min(processes, mutants.length) }, (_, share) =>
    mutants.filter((_, index) => index % processes === share).map(({ name }) => name),
  );
  await Promise.all(shares.map((names) => huntOf(names, options, tell)));
}

async function huntOf(
  names: readonly string[],
  options: readonly string[],
  tell: (hunt: Hunt) => void,
): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', PROCESS, ...options, ...names],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = once(child, 'close');
  let last = 'none';
  for await (const line of createInterface({ input: child.stdout })) {
    const hunt = JSON.parse(line) as Hunt;
    last = hunt.name;
    tell(hunt);
  }
  const [code] = await ended;
  if (code !== 0)
    throw new Error(`the process ended with ${code}; the last mutant that was through: ${last}`);
}
