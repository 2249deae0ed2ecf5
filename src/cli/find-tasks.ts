import { extname, isAbsolute, parse } from 'node:path';
import { taskDirsOf } from '../library/prepare-task.ts';
import { findTask, taskNamesIn } from '../task/read.ts';

/** The file of a task that a user names, by its path or its name. Throws TASK_NOT_FOUND. */
export function locateTask(nameOrPath: string, { cwd }: { readonly cwd: string }): Promise<string> {
  const dirs = taskDirsOf({ cwd });
  const isPath = parse(nameOrPath).dir !== '' || extname(nameOrPath) !== '';
  return findTask(nameOrPath, isPath && !isAbsolute(nameOrPath) ? [cwd, ...dirs] : dirs);
}

/** The files of all tasks that can be run by name, those of the working directory first. */
export async function allTaskFiles({ cwd }: { readonly cwd: string }): Promise<readonly string[]> {
  const files = taskDirsOf({ cwd }).map(async (dir) => {
    const names = (await taskNamesIn(dir)).filter((name) => name.toLowerCase() !== 'readme');
    return Promise.all(names.map((name) => findTask(name, [dir])));
  });
  return (await Promise.all(files)).flat();
}
