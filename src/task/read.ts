import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, parse, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { taskFileUnreadable, taskIsFolder, taskUnknown } from '../errors.ts';
import { offerOwnPackage } from '../own-package.ts';
import { type ReadOptions, type ReadResult, readTask, type TaskKind } from './content.ts';
import type { TaskSource } from './define.ts';
import type { Diagnostic } from './diagnostic.ts';
import { nearest } from './nearest.ts';
import { SOURCE_LIMITS } from './source/limits.ts';

export { type ReadOptions, type ReadResult, readTask, type TaskKind } from './content.ts';

/** The form that a file's ending tells; where one folder has a name twice, the first of these is taken. */
const KINDS: ReadonlyMap<string, TaskKind> = new Map([
  ['.md', 'markdown'],
  ['.yaml', 'yaml'],
  ['.yml', 'yaml'],
  ['.ts', 'code'],
  ['.mts', 'code'],
  ['.js', 'code'],
  ['.mjs', 'code'],
]);

export interface ReadFileResult extends ReadResult {
  /** As given; the file of the diagnostics. */
  readonly path: string;
  /** The text, for excerpts; absent for a program and for a file that is too large. */
  readonly content?: string | undefined;
}

/**
 * Reads a task file: `.md`, `.yaml`, `.yml`, or a program (`.ts`, `.mts`, `.js`, `.mjs`) whose default export is the
 * task. What is wrong with its content is a diagnostic.
 *
 * @throws TroupeError `TASK_FILE_UNREADABLE` for a file that is missing, no file, or of another ending
 */
export async function readTaskFile(path: string, options: ReadOptions = {}): Promise<ReadFileResult> {
  const kind = KINDS.get(extname(path).toLowerCase());
  if (kind === undefined) throw taskFileUnreadable(path, `its ending '${extname(path)}' is not known`);
  const bytes = await sizeOf(path);
  if (bytes > SOURCE_LIMITS.fileBytes) {
    return {
      path,
      diagnostics: [
        atStart(path, 'OVER_LIMIT', `a task file has at most ${SOURCE_LIMITS.fileBytes / 1024} KiB`),
      ],
    };
  }
  if (kind === 'code') return { path, ...(await readProgram(path, options)) };
  const content = await readFile(path, 'utf8');
  return { path, content, ...readTask(content, { ...options, file: path, kind }) };
}

/**
 * The absolute path of a task: of the file that a path names, else of the first that has the name without ending
 * in one of the folders. A name with a folder in it is also tried from the working directory.
 *
 * @param cwd what relative paths begin at; the process's own when absent
 * @throws TroupeError `TASK_UNKNOWN`, with the nearest name there is; `TASK_FILE_UNREADABLE` for a folder
 */
export async function findTask(nameOrPath: string, dirs: readonly string[], cwd = ''): Promise<string> {
  const isPath = parse(nameOrPath).dir !== '';
  const hasEnding = KINDS.has(extname(nameOrPath).toLowerCase());
  const endings = hasEnding ? ['', ...KINDS.keys()] : [...KINDS.keys()];
  for (const dir of isPath || hasEnding ? [cwd, ...dirs] : dirs) {
    for (const ending of endings) {
      const candidate = resolve(cwd, dir, `${nameOrPath}${ending}`);
      if (await isFile(candidate)) return candidate;
    }
  }
  if (await isFolder(resolve(cwd, nameOrPath))) throw taskIsFolder(nameOrPath);
  const names = (await Promise.all(dirs.map((dir) => taskNamesIn(resolve(cwd, dir))))).flat();
  throw taskUnknown(nameOrPath, dirs, nearest(parse(nameOrPath).name, names));
}

/** Names, without ending, of the task files in a folder; none when there is no such folder. Sorted. */
export async function taskNamesIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const names = entries.filter(
    (entry) => !entry.isDirectory() && KINDS.has(extname(entry.name).toLowerCase()),
  );
  return [...new Set(names.map((entry) => parse(entry.name).name))].sort();
}

async function readProgram(path: string, options: ReadOptions): Promise<ReadResult> {
  try {
    offerOwnPackage();
    const module: { readonly default?: unknown } = await import(pathToFileURL(resolve(path)).href);
    if (module.default === undefined) {
      return {
        diagnostics: [
          atStart(path, 'NOT_LOADED', 'the file has no default export; export default defineTask({…})'),
        ],
      };
    }
    // Whatever it is, readTask finds out.
    return readTask(module.default as TaskSource, { ...options, file: path, kind: 'code' });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      diagnostics: [atStart(path, 'NOT_LOADED', `the file cannot be loaded: ${reason.split('\n', 1)[0]}`)],
    };
  }
}

function atStart(file: string, code: Diagnostic['code'], message: string): Diagnostic {
  return { file, line: 1, column: 1, code, severity: 'error', message };
}

async function sizeOf(path: string): Promise<number> {
  try {
    const stats = await stat(path);
    if (stats.isFile()) return stats.size;
  } catch (error) {
    throw taskFileUnreadable(path, error instanceof Error ? error.message : String(error));
  }
  throw taskFileUnreadable(path, 'it is not a file');
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}
