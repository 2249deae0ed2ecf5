import { taskDirsOf } from '../library/prepare-task.ts';
import { findTask, taskNamesIn } from '../task/read.ts';

/** The file of a task that a user names, by its path or its name. Throws TASK_UNKNOWN, TASK_FILE_UNREADABLE. */
export function locateTask(nameOrPath: string, { cwd }: { readonly cwd: string }): Promise<string> {
  return findTask(nameOrPath, taskDirsOf({ cwd }), cwd);
}

/** The files of all tasks that can be run by name, those of the working directory first. */
export async function allTaskFiles({ cwd }: { readonly cwd: string }): Promise<readonly string[]> {
  const files = taskDirsOf({ cwd }).map(async (dir) => {
    const names = (await taskNamesIn(dir)).filter((name) => name.toLowerCase() !== 'readme');
    return Promise.all(names.map((name) => findTask(name, [dir])));
  });
  return (await Promise.all(files)).flat();
}
