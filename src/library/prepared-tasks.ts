import { hash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Pinned } from '../engine/pinned.ts';
import { BoundedCache } from '../task/bounded-cache.ts';
import type { TaskSource } from '../task/define.ts';
import type { TaskDefinition } from '../task/definition.ts';
import type { ExecutorSettings } from './executor-options.ts';
import {
  catalogueFor,
  type PreparedTask,
  type PrepareOptions,
  prepareDefinition,
  prepareTask,
  taskDirsOf,
} from './prepare-task.ts';

export interface PreparedTasksOptions extends ExecutorSettings {
  /** Registered kinds of steps and of aggregates, as far as they are known when a task is prepared. */
  readonly kinds: () => Iterable<string>;
  readonly aggregates: () => Iterable<string>;
}

/** The most tasks that are kept ready. */
const KEPT = 256;

/**
 * Tasks ready to be started, each read once: again only when its file, a file of its agents, or what is in one of the folders
 * has changed. The executor's own limits are in them already.
 */
export class PreparedTasks {
  readonly #options: PreparedTasksOptions;
  readonly #kept = new BoundedCache<string, { task?: Kept }>(KEPT);

  constructor(options: PreparedTasksOptions) {
    this.#options = options;
  }

  /** Throws TASK_UNKNOWN, DEFINITION_INVALID, AGENT_UNKNOWN, AGENT_FILE_INVALID. */
  async prepare(task: string | TaskSource | TaskDefinition): Promise<Pinned> {
    const options = await this.#prepareOptions();
    const served = [...(options.served ?? [])];
    const name = typeof task === 'string' ? task : hash('sha256', JSON.stringify(task) ?? '');
    const place = this.#kept.getOrCompute([typeof task, name, ...served].join('\0'), () => ({}));
    if (place.task !== undefined && place.task.fingerprint === fingerprintOf(place.task.paths))
      return place.task.pinned;
    const prepared = await (typeof task === 'string'
      ? prepareTask(task, options)
      : prepareDefinition(task, options));
    this.#logFindings(prepared);
    const paths = pathsOf(prepared, options);
    place.task = {
      pinned: limited(prepared.pinned, this.#options),
      paths,
      fingerprint: fingerprintOf(paths),
    };
    return place.task.pinned;
  }

  async #prepareOptions(): Promise<PrepareOptions> {
    const { cwd, taskDirs, agentDirs, functions, managed, kinds, aggregates, groups } = this.#options;
    return {
      cwd,
      taskDirs,
      agentDirs,
      functions,
      served: await managed.names(),
      serves: managed.mayServeAny ? (role) => managed.get(role) !== undefined : undefined,
      kinds: kinds(),
      aggregates: aggregates(),
      groups,
    };
  }

  #logFindings({ diagnostics }: PreparedTask): void {
    for (const { file, line, severity, code, message } of diagnostics) {
      const level = severity === 'warning' ? 'warn' : 'info';
      this.#options.logger[level]({ file, line, code }, message);
    }
  }
}

interface Kept {
  readonly pinned: Pinned;
  /** What it was made of, and where something that comes to be would be found first. */
  readonly paths: readonly string[];
  readonly fingerprint: string;
}

function pathsOf({ file, pinned }: PreparedTask, options: PrepareOptions): readonly string[] {
  const agentFiles = Object.entries(pinned.agents).flatMap(([role, agent]) =>
    'directory' in agent && typeof agent.directory === 'string' ? [join(agent.directory, `${role}.md`)] : [],
  );
  const folders = [
    ...catalogueFor(options, file).directories,
    ...(file === undefined ? [] : taskDirsOf(options)),
  ];
  return [...(file === undefined ? [] : [file]), ...folders, ...agentFiles];
}

/** Changes when one of the files does, or one is added to or taken from one of the folders. */
function fingerprintOf(paths: readonly string[]): string {
  return paths.map(markOf).join(' ');
}

function markOf(path: string): string {
  try {
    const { mtimeNs, size, ino } = statSync(path, { bigint: true });
    return `${mtimeNs}/${size}/${ino}`;
  } catch {
    // It is not there, or nobody may look: that is a state of its own.
    return '-';
  }
}

/** An executor's limits are upper bounds: a task may ask for less. */
function limited(
  pinned: Pinned,
  {
    maxExecutionTimeMs,
    maxConcurrentPhases,
  }: Pick<ExecutorSettings, 'maxExecutionTimeMs' | 'maxConcurrentPhases'>,
): Pinned {
  const { definition } = pinned;
  const time = least(definition.maxExecutionTimeMs, maxExecutionTimeMs);
  const phases = least(definition.concurrency.phases, maxConcurrentPhases);
  const concurrency = phases === undefined ? definition.concurrency : { ...definition.concurrency, phases };
  const limits = time === undefined ? { concurrency } : { concurrency, maxExecutionTimeMs: time };
  return { ...pinned, definition: { ...definition, ...limits } };
}

function least(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
