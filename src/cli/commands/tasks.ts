import { dirname } from 'node:path';
import type { Command } from 'commander';
import { SHIPPED_TASKS } from '../../library/shipped.ts';
import type { TaskDefinition } from '../../task/definition.ts';
import { type CliContext, printJson } from '../context.ts';
import { examples, jsonOption } from '../options.ts';
import { shownPath } from '../source-text.ts';
import { pageOf } from '../views/report-page.ts';
import { type FoundTask, taskLines } from '../views/report-tasks.ts';

export function register(program: Command, context: CliContext): void {
  program
    .command('tasks')
    .description('list the tasks that can be run here')
    .addOption(jsonOption())
    .addHelpText('after', examples(['troupe tasks', 'those in tasks/, and those that come with Troupe']))
    .action((options: { json?: boolean }) => tasks(options, context));
}

async function tasks({ json }: { readonly json?: boolean }, context: CliContext): Promise<void> {
  const found = await findTasks(context);
  if (json === true) {
    printJson(context, { tasks: found.map(documentOf) });
    return;
  }
  const { stdout } = context;
  if (found.length === 0) stdout.line('There are no tasks here. troupe init writes one.');
  for (const line of taskLines(found, pageOf(stdout, context.clock.now()))) stdout.line(line);
}

async function findTasks({ cwd }: CliContext): Promise<readonly FoundTask[]> {
  // Reading tasks and agents takes parsers that most commands do without.
  const [{ catalogueFor }, { readTaskFile }, { allTaskFiles }] = await Promise.all([
    import('../../library/prepare-task.ts'),
    import('../../task/read.ts'),
    import('../find-tasks.ts'),
  ]);
  const files = await allTaskFiles({ cwd });
  return Promise.all(
    files.map(async (path): Promise<FoundTask> => {
      const agents = [...(await catalogueFor({ cwd }, path).names())];
      const { task, diagnostics } = await readTaskFile(path, { agents });
      const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
      const isShipped = dirname(path) === SHIPPED_TASKS;
      return {
        file: shownPath(path, cwd),
        task: errors > 0 ? undefined : task,
        errors,
        isShipped,
      };
    }),
  );
}

function documentOf({ file, task, errors, isShipped }: FoundTask): object {
  return {
    file,
    shipped: isShipped,
    valid: task !== undefined,
    errors,
    ...(task === undefined ? {} : aboutTask(task)),
  };
}

function aboutTask({ name, version, description, requirements, phases }: TaskDefinition): object {
  return { name, version, description, requirements, phases: phases.map((phase) => phase.name) };
}
