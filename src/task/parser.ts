import { definitionInvalid, inputInvalid } from '../errors.ts';
import type { Json } from '../json.ts';
import type { TaskDefinition } from './definition.ts';
import { parseDuration } from './duration.ts';
import { type ReadOptions, type ReadResult, readTask, readTaskFile, type TaskKind } from './read.ts';
import { checkInput } from './requirements.ts';

/** Reads task definitions, for programs that want the task or one error; `readTask` gives the diagnostics. */
export class TaskParser {
  readonly #options: ReadOptions;

  constructor(options: ReadOptions = {}) {
    this.#options = options;
  }

  /**
   * @throws TroupeError `DEFINITION_INVALID`, with `diagnostics`, when the task has errors;
   *   `TASK_FILE_UNREADABLE` when there is no such file
   */
  async parseTaskFile(path: string): Promise<TaskDefinition> {
    return taskOf(path, await readTaskFile(path, this.#options));
  }

  /**
   * @param content a task in Markdown, or in YAML where `kind` says so
   * @throws TroupeError `DEFINITION_INVALID`, with `diagnostics`
   */
  parseTaskContent(content: string, kind: Exclude<TaskKind, 'code'> = 'markdown'): TaskDefinition {
    const file = kind === 'markdown' ? 'task.md' : 'task.yaml';
    return taskOf(file, readTask(content, { ...this.#options, file, kind }));
  }

  /**
   * Checks an input against the task's requirements.
   *
   * @returns the input with defaults filled in and texts read as the types that the task asks for
   * @throws TroupeError `INPUT_INVALID`, naming every field that does not fit
   */
  validateTaskRequirements(
    task: TaskDefinition,
    context: { readonly [field: string]: unknown },
  ): { readonly [field: string]: Json | undefined } {
    const { input, problems } = checkInput(task, context);
    if (problems.length > 0) throw inputInvalid(task.name, problems);
    return input;
  }

  /** @returns milliseconds @throws TroupeError `DURATION_INVALID` */
  parseTimeString(str: string): number {
    return parseDuration(str);
  }
}

function taskOf(file: string, { task, diagnostics }: ReadResult): TaskDefinition {
  if (task === undefined) throw definitionInvalid(file, diagnostics);
  return task;
}
