import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { taskUnknown } from '../../errors.ts';
import type { Json } from '../../json.ts';
import { catalogueFor, taskDirsOf } from '../../library/prepare-task.ts';
import { SHIPPED_TASKS } from '../../library/shipped.ts';
import type { AgentListing, TaskField, TaskListing, TaskPage } from '../../server/access.ts';
import type { TaskDefinition } from '../../task/definition.ts';
import type { Diagnostic } from '../../task/diagnostic.ts';
import { nearest } from '../../task/nearest.ts';
import { readTaskFile } from '../../task/read.ts';
import { agentDirsOf, type CliContext } from '../context.ts';
import { allTaskFiles } from '../find-tasks.ts';
import { shownPath } from '../source-text.ts';

interface ReadTask extends TaskListing {
  readonly path: string;
  readonly definition: TaskDefinition | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** The tasks that can be run by name, as the page shows them. */
export async function listTasks(context: CliContext): Promise<readonly TaskListing[]> {
  return (await readAll(context)).map(({ path: _, definition: __, diagnostics: ___, ...listing }) => listing);
}

/** By the name of its definition or of its file. Throws TASK_UNKNOWN. */
export async function taskPage(context: CliContext, name: string): Promise<TaskPage> {
  const { path, definition, diagnostics, ...listing } = await find(context, name);
  return {
    ...listing,
    source: await readFile(path, 'utf8'),
    requirements: Object.entries(definition?.requirements ?? {}).map(([field, schema]) =>
      fieldOf(field, schema),
    ),
    phases: (definition?.phases ?? []).map(({ name: phase, dependsOn, steps }) => ({
      name: phase,
      dependsOn: [...dependsOn],
      steps: steps.map((step) => ({ id: step.id, kind: step.kind, agent: agentOf(step) })),
    })),
    problems: diagnostics.map(({ severity, code, message, line, hint }) => ({
      severity,
      code,
      message,
      line: line ?? null,
      hint: hint ?? null,
    })),
  };
}

/** The file of a task that the page names: never a path, so that nothing outside the folders of tasks is read. */
export async function taskFileOf(context: CliContext, name: string): Promise<string> {
  return (await find(context, name)).path;
}

export async function listAgents(context: CliContext): Promise<readonly AgentListing[]> {
  const catalogue = catalogueFor({ agentDirs: agentDirsOf(context, {}), cwd: context.cwd });
  return (await catalogue.list()).map(({ name, file, definition }) => ({
    name,
    file: shownPath(file, context.cwd),
    isValid: definition !== undefined,
    description: definition?.description ?? null,
    runner: definition?.runner ?? null,
    concurrency: definition?.concurrency ?? null,
  }));
}

async function find(context: CliContext, name: string): Promise<ReadTask> {
  const tasks = await readAll(context);
  const found =
    tasks.find((task) => task.name === name) ?? tasks.find(({ path }) => nameOfFile(path) === name);
  if (found === undefined) {
    const names = tasks.map((task) => task.name);
    throw taskUnknown(name, taskDirsOf({ cwd: context.cwd }), nearest(name, names));
  }
  return found;
}

async function readAll({ cwd }: CliContext): Promise<readonly ReadTask[]> {
  const files = await allTaskFiles({ cwd });
  return Promise.all(
    files.map(async (path): Promise<ReadTask> => {
      const agents = [...(await catalogueFor({ cwd }, path).names())];
      const { task, diagnostics } = await readTaskFile(path, { agents });
      const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
      return {
        name: task?.name ?? nameOfFile(path),
        version: task?.version ?? null,
        description: task?.description ?? null,
        file: shownPath(path, cwd),
        isShipped: dirname(path) === SHIPPED_TASKS,
        isValid: errors === 0 && task !== undefined,
        errors,
        path,
        definition: task,
        diagnostics,
      };
    }),
  );
}

function nameOfFile(path: string): string {
  return basename(path).replace(/\.[^.]+$/, '');
}

function fieldOf(field: string, schema: TaskDefinition['requirements'][string]): TaskField {
  const {
    type,
    description,
    enum: choices,
  } = schema as {
    readonly type?: string | readonly string[];
    readonly description?: string;
    readonly enum?: readonly Json[];
  };
  return {
    field,
    type: typeof type === 'string' ? type : (type?.join(' or ') ?? 'any'),
    required: schema.default === undefined && schema['x-optional'] !== true,
    ...(schema.default === undefined ? {} : { default: schema.default as Json }),
    ...(description === undefined ? {} : { description }),
    ...(choices === undefined ? {} : { choices }),
    schema: schema as Json,
  };
}

function agentOf(step: object): string | null {
  const { agent } = step as { readonly agent?: unknown };
  return typeof agent === 'string' ? agent : null;
}
