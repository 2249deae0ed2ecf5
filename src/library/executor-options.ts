import { resolve } from 'node:path';
import type { FunctionAgent } from '../agent/define.ts';
import type { EngineLogger } from '../engine/surroundings.ts';
import { agentOfferedTwice, executorOptionInvalid } from '../errors.ts';
import type { HistoryStore } from '../history/store.ts';
import { type Target, targetSchema } from '../notify/targets.ts';
import { parseDuration } from '../task/duration.ts';
import { type AgentManagerOption, ManagedAgents } from './agent-manager.ts';
import { type ExecutorLogger, toEngineLogger } from './executor-logger.ts';

export interface TaskExecutorOptions {
  /** Folder in which `execute` finds a task by its name, before the tasks that ship. Default `tasks`. */
  readonly tasksDir?: string | undefined;
  /** Answers for agents that neither `agents` nor an agent file of yours serves; before those that ship. */
  readonly agentManager?: AgentManagerOption | undefined;
  /** Where the history is kept; closed by whoever made it. Default: in the data folder. */
  readonly historyStore?: HistoryStore | undefined;
  /** Default: warnings and errors go to standard error. */
  readonly logger?: ExecutorLogger | undefined;
  /**
   * The longest that any execution may take: milliseconds, or a duration such as `5 minutes`. A task's own `maxExecutionTime`
   * counts where it is shorter. Pauses do not count. Default: none.
   */
  readonly maxExecutionTime?: number | string | undefined;
  /** Phases of one execution at work at once; a task's own limit counts where it is lower. Default: no limit. */
  readonly maxConcurrentPhases?: number | undefined;
  /**
   * Data folder: what is in it survives the process. `memory` keeps everything in memory. Several executors, here and in other
   * processes, may use one folder. Default `.troupe`.
   */
  readonly data?: string | undefined;
  /** Agents that are functions of this process, from `defineAgent`. They go before agent files of the same name. */
  readonly agents?: readonly FunctionAgent[] | undefined;
  /** Folders with agent files, before `agents` beside the task's folder, `agents` here, and the agents that ship. */
  readonly agentsDir?: string | readonly string[] | undefined;
  /**
   * Who is told of failures, approvals and deviations: `{webhook: URL}` or `{command: [program, …]}`, each with `on`. Default: nobody.
   */
  readonly notify?: readonly Target[] | undefined;
  /** How long an agent's claim holds without a heartbeat, in ms. Default 30,000. */
  readonly leaseMs?: number | undefined;
  /** Who is in the groups that approvals name (`group:NAME`); executions keep the members of their start. */
  readonly groups?: { readonly [group: string]: readonly string[] } | undefined;
}

/** The options, checked and with paths that do not depend on the working directory any more. */
export interface ExecutorSettings {
  readonly cwd: string;
  /** `memory`, or an absolute path. */
  readonly data: string;
  readonly taskDirs: readonly string[] | undefined;
  readonly agentDirs: readonly string[];
  readonly functions: ReadonlyMap<string, FunctionAgent>;
  readonly managed: ManagedAgents;
  readonly historyStore: HistoryStore | undefined;
  readonly logger: EngineLogger;
  readonly maxExecutionTimeMs: number | undefined;
  readonly maxConcurrentPhases: number | undefined;
  readonly leaseMs: number | undefined;
  readonly notify: readonly Target[];
  readonly groups: { readonly [group: string]: readonly string[] } | undefined;
}

/** Throws EXECUTOR_OPTION_INVALID, DURATION_INVALID, AGENT_OFFERED_TWICE, AGENT_NAME_INVALID. */
export function readOptions(options: TaskExecutorOptions): ExecutorSettings {
  const { tasksDir, agentsDir = [], data = '.troupe', maxConcurrentPhases, leaseMs } = options;
  if (
    maxConcurrentPhases !== undefined &&
    !(Number.isInteger(maxConcurrentPhases) && maxConcurrentPhases >= 1)
  )
    throw executorOptionInvalid('maxConcurrentPhases', 'must be a whole number from 1');
  if (leaseMs !== undefined && !(leaseMs > 0))
    throw executorOptionInvalid('leaseMs', 'must be a number of milliseconds above 0');
  const cwd = process.cwd();
  return {
    cwd,
    data: data === 'memory' ? data : resolve(cwd, data),
    taskDirs: tasksDir === undefined ? undefined : [resolve(cwd, tasksDir)],
    agentDirs: [agentsDir].flat().map((dir) => resolve(cwd, dir)),
    functions: byName(options.agents ?? []),
    managed: new ManagedAgents(options.agentManager),
    historyStore: options.historyStore,
    logger: toEngineLogger(options.logger),
    maxExecutionTimeMs: timeIn(options.maxExecutionTime),
    maxConcurrentPhases,
    leaseMs,
    notify: targetsIn(options.notify ?? []),
    groups: options.groups,
  };
}

function targetsIn(targets: readonly unknown[]): readonly Target[] {
  return targets.map((target) => {
    const parsed = targetSchema.safeParse(target);
    if (parsed.success) return parsed.data;
    throw executorOptionInvalid('notify', 'takes {webhook: URL} and {command: [program, …]}');
  });
}

function byName(agents: readonly FunctionAgent[]): ReadonlyMap<string, FunctionAgent> {
  const functions = new Map<string, FunctionAgent>();
  for (const agent of agents) {
    if (agent?.kind !== 'function') throw executorOptionInvalid('agents', 'takes agents from defineAgent');
    if (functions.has(agent.name)) throw agentOfferedTwice(agent.name);
    functions.set(agent.name, agent);
  }
  return functions;
}

function timeIn(time: number | string | undefined): number | undefined {
  const ms = typeof time === 'string' ? parseDuration(time) : time;
  if (ms === undefined || (Number.isFinite(ms) && ms > 0)) return ms;
  throw executorOptionInvalid('maxExecutionTime', 'must be longer than nothing, in ms or as a duration');
}
