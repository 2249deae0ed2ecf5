import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { workingFilesIn } from '../adapters/system/working-files.ts';
import { usageInvalid } from '../errors.ts';
import { Embedded, type EmbeddedOptions } from '../library/embedded.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { settingsOf } from './config/load.ts';
import { notifierOf } from './config/notifier.ts';
import { createLogger, type Logger, type LogLevel } from './logging.ts';
import type { Output } from './output.ts';
import type { Keyboard } from './terminal/keyboard.ts';

/**
 * All that a command needs of its process, so that a test can run the command line inside its own. A command writes to
 * `stdout` and `stderr`, throws a TroupeError for what went wrong, and sets `exitCode` when it is not 0; it never ends the
 * process itself.
 */
export interface CliContext {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  readonly clock: Clock;
  readonly random: Random;
  /** What the process ends with; see exit-codes.ts. Starts as 0. */
  exitCode: number;
  /** Show stacks. Set by `--verbose` or TROUPE_DEBUG before a command begins. */
  isVerbose: boolean;
  logLevel: LogLevel;
  /** The command was asked for one JSON document: what fails before it was written is told as one. */
  wantsJson: boolean;
  hasPrintedJson: boolean;
  /** All of standard input as text; `-` as a file name means it. */
  readStdin(): Promise<string>;
  /** Where a person types; absent where that is no terminal. */
  readonly keyboard?: Keyboard | undefined;
  /** Stops the process as Ctrl-Z does; resolves when it goes on. Absent where nothing can be stopped. */
  suspend?(): Promise<void>;
  /** Calls back when somebody else stops the process; it then has to call {@link suspend} itself. Returns how to stop listening. */
  onSuspend?(listener: () => void): () => void;
  /** Writes the text to standard output when the process ends, however it does. Returns how to take that back. */
  writeAtExit?(text: string): () => void;
  /** Calls back at each Ctrl-C, SIGTERM or SIGHUP; without listeners they end the process. Returns how to stop listening. */
  onInterrupt(listener: () => void): () => void;
  /** Ends the process at once, for a person who asks a second time. */
  endAtOnce(code: number): void;
}

/** The logger of this run of the command line, at its level, to standard error. */
export function loggerOf(context: CliContext): Logger {
  return createLogger(context.stderr, context.logLevel);
}

/** A path that a user gave, absolute. */
export function pathOf(context: CliContext, path: string): string {
  return resolve(context.cwd, path);
}

/** The data folder: `--data DIR`, else the setting (`.troupe` in the working directory by default). Throws CONFIG_INVALID. */
export function dataDirOf(context: CliContext, { data }: { readonly data?: string | undefined }): string {
  return pathOf(context, data ?? settingsOf(context).data);
}

/**
 * Folders to look for agents in before all others: those of `--agents`, then those of the setting. Throws CONFIG_INVALID, and
 * USAGE when one of `--agents` is no folder: its agents would be looked for in vain, or found elsewhere.
 */
export function agentDirsOf(
  context: CliContext,
  { agents = [] }: { readonly agents?: readonly string[] | undefined },
): readonly string[] {
  for (const dir of agents) assertFolder(context, dir);
  return [...agents, ...settingsOf(context).agents].map((dir) => pathOf(context, dir));
}

function assertFolder(context: CliContext, dir: string): void {
  const found = statSync(pathOf(context, dir), { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return;
  const what = found === undefined ? 'there is no such folder' : 'it is not a folder';
  throw usageInvalid(`--agents ${dir}: ${what}.`, 'Name a folder with agent files, or leave the option out.');
}

/** Opens an engine with agents on the data folder, which is made when it is missing. */
export function openEmbedded(
  context: CliContext,
  { data, ...options }: Omit<EmbeddedOptions, 'clock' | 'random' | 'logger'> = {},
): Promise<Embedded> {
  const { clock, random } = context;
  const logger = loggerOf(context);
  const { leaseMs, cancelGraceMs } = settingsOf(context);
  return Embedded.open({
    notifier: notifierOf({ ...context, logger }),
    leaseMs,
    cancelGraceMs,
    files: workingFilesIn(context.cwd),
    ...options,
    clock,
    random,
    logger,
    data: dataDirOf(context, { data }),
  });
}

/** Resolves after so many ms. */
export function hasPassed({ clock }: CliContext, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.schedule(ms, resolve));
}

/** Writes the one JSON document of a command's `--json`. */
export function printJson(context: CliContext, document: unknown): void {
  context.hasPrintedJson = true;
  context.stdout.line(JSON.stringify(document, null, 2));
}
