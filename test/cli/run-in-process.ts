import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemRandom } from '../../src/adapters/system/random.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { type TextOutput, textOutput } from '../../src/cli/output.ts';
import { runCommandLine } from '../../src/cli/program.ts';

export interface TestContext extends CliContext {
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** As if Ctrl-C was pressed. */
  interrupt(): void;
}

/** A context whose outputs are kept; the working directory is a fresh folder unless one is given. */
export function createTestContext(overrides: Partial<CliContext> = {}): TestContext {
  const listeners = new Set<() => void>();
  return {
    env: {},
    cwd: overrides.cwd ?? temporaryFolder(),
    clock: systemClock,
    random: systemRandom,
    exitCode: 0,
    isVerbose: false,
    logLevel: 'warn',
    wantsJson: false,
    hasPrintedJson: false,
    readStdin: async () => '',
    endAtOnce: () => undefined,
    onInterrupt(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ...overrides,
    stdout: textOutput(),
    stderr: textOutput(),
    interrupt: () => {
      for (const listener of [...listeners]) listener();
    },
  };
}

/** Runs a command line inside this process. */
export async function troupe(
  args: readonly string[],
  overrides: Partial<CliContext> = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const context = createTestContext(overrides);
  const code = await runCommandLine(args, context);
  return { code, stdout: context.stdout.text, stderr: context.stderr.text };
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
