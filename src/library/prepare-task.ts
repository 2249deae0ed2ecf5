import { dirname, join, resolve } from 'node:path';
import { GROUP_PREFIX } from '../../machines/approval-standing.ts';
import { AgentCatalogue } from '../agent/catalogue.ts';
import type { FunctionAgent } from '../agent/define.ts';
import type { Pinned } from '../engine/pinned.ts';
import { definitionInvalid, groupUnknown } from '../errors.ts';
import { peopleIn } from '../task/asks.ts';
import { type ReadOptions, readTask } from '../task/content.ts';
import type { TaskSource } from '../task/define.ts';
import type { TaskDefinition } from '../task/definition.ts';
import type { Diagnostic } from '../task/diagnostic.ts';
import { findTask, readTaskFile } from '../task/read.ts';
import { rolesOf } from '../task/roles.ts';
import { isTemplate } from '../task/template.ts';
import { SHIPPED_AGENTS, SHIPPED_TASKS } from './shipped.ts';

export interface PrepareOptions {
  /** Folders with agent files, before all others. */
  readonly agentDirs?: readonly string[] | undefined;
  /** Folders in which a task is found by its name. Default: `tasks` in the working directory, then those shipped. */
  readonly taskDirs?: readonly string[] | undefined;
  /** Agents that are functions of this process; they go before files. */
  readonly functions?: ReadonlyMap<string, FunctionAgent> | undefined;
  /** Names that are served otherwise, by an `agentManager`: before the agents that ship, after all other files. */
  readonly served?: Iterable<string> | undefined;
  /** Whether somebody answers for a name that was not listed; with it, unknown names are no errors of the file. */
  readonly serves?: ((role: string) => boolean) | undefined;
  /** Registered step kinds. */
  readonly kinds?: Iterable<string> | undefined;
  /** Registered aggregates. */
  readonly aggregates?: Iterable<string> | undefined;
  /** Members of the groups that approvals may name; pinned in each execution. */
  readonly groups?: { readonly [group: string]: readonly string[] } | undefined;
  /** Default: that of the process. */
  readonly cwd?: string | undefined;
}

export interface PreparedTask {
  readonly definition: TaskDefinition;
  /** What an execution of it is pinned to. */
  readonly pinned: Pinned;
  /** Warnings and notes; errors are thrown. */
  readonly diagnostics: readonly Diagnostic[];
  /** Absent for a definition that was made in code. */
  readonly file?: string | undefined;
}

/**
 * Reads a task and the files of the agents it needs, ready to be started.
 *
 * Throws TASK_UNKNOWN, DEFINITION_INVALID (with `diagnostics`), AGENT_FILE_INVALID.
 */
export async function prepareTask(nameOrPath: string, options: PrepareOptions = {}): Promise<PreparedTask> {
  const { cwd = process.cwd() } = options;
  const file = await findTask(nameOrPath, taskDirsOf(options), cwd);
  const catalogue = catalogueFor(options, file);
  const { task, diagnostics } = await readTaskFile(file, await readOptions(catalogue, options));
  if (task === undefined) throw definitionInvalid(file, diagnostics);
  return { definition: task, pinned: await pinTask(task, catalogue, options), diagnostics, file };
}

/**
 * The same for a task that is at hand: what `defineTask` gave, or what a reader made of a file.
 *
 * Throws DEFINITION_INVALID, AGENT_UNKNOWN, AGENT_FILE_INVALID.
 */
export async function prepareDefinition(
  task: TaskSource | TaskDefinition,
  options: PrepareOptions = {},
): Promise<PreparedTask> {
  const catalogue = catalogueFor(options);
  const { definition, diagnostics } = await definitionOf(task, catalogue, options);
  return { definition, pinned: await pinTask(definition, catalogue, options), diagnostics };
}

async function definitionOf(
  given: TaskSource | TaskDefinition,
  catalogue: AgentCatalogue,
  options: PrepareOptions,
): Promise<Pick<PreparedTask, 'definition' | 'diagnostics'>> {
  const name: unknown = given?.name;
  const file = `defineTask(${typeof name === 'string' ? name : ''})`;
  const { task, diagnostics } = readTask(given, {
    ...(await readOptions(catalogue, options)),
    file,
    kind: 'code',
  });
  if (task === undefined) throw definitionInvalid(file, diagnostics);
  return { definition: task, diagnostics };
}

/** What a reader has to know to tell a mistake from a name. */
async function readOptions(catalogue: AgentCatalogue, options: PrepareOptions): Promise<ReadOptions> {
  const { serves, kinds = [], aggregates = [] } = options;
  const agents = serves === undefined ? [...(await catalogue.names()), ...functionNames(options)] : undefined;
  return { agents, customKinds: [...kinds], aggregates: [...aggregates] };
}

/** Where agents are looked for: `--agents`, beside the task file's folder, in the working directory, among those shipped. */
export function catalogueFor(
  { agentDirs = [], cwd = process.cwd() }: PrepareOptions,
  taskFile?: string,
): AgentCatalogue {
  const beside = taskFile === undefined ? [] : [join(dirname(resolve(cwd, taskFile)), '..', 'agents')];
  const dirs = [...agentDirs.map((dir) => resolve(cwd, dir)), ...beside, join(cwd, 'agents'), SHIPPED_AGENTS];
  return new AgentCatalogue([...new Set(dirs)]);
}

export function taskDirsOf({ taskDirs, cwd = process.cwd() }: PrepareOptions): readonly string[] {
  return [...new Set([...(taskDirs ?? [join(cwd, 'tasks')]).map((dir) => resolve(cwd, dir)), SHIPPED_TASKS])];
}

/** A task that chooses agents at run time pins all there are; any other only those it names. */
async function pinTask(
  definition: TaskDefinition,
  catalogue: AgentCatalogue,
  options: PrepareOptions,
): Promise<Pinned> {
  const named = definition.phases.flatMap(({ steps }) => steps.flatMap(rolesOf));
  const roles = named.some(isTemplate)
    ? [
        ...named.filter((name) => !isTemplate(name)),
        ...(await soundNames(catalogue)),
        ...functionNames(options),
      ]
    : named;
  const agents = await Promise.all(
    [...new Set(roles)].sort().map(async (role) => [role, await pinAgent(role, catalogue, options)] as const),
  );
  return { definition, agents: Object.fromEntries(agents), ...pinnedGroups(definition, options) };
}

/** All of them: what an agent asks may name one that the file does not. Throws GROUP_UNKNOWN. */
function pinnedGroups(
  definition: TaskDefinition,
  { groups = {} }: PrepareOptions,
): Pick<Pinned, 'groups'> | undefined {
  for (const name of namesAsked(definition)) {
    const group = name.startsWith(GROUP_PREFIX) ? name.slice(GROUP_PREFIX.length) : undefined;
    if (group !== undefined && !Object.hasOwn(groups, group))
      throw groupUnknown(group, definition.name, Object.keys(groups));
  }
  return Object.keys(groups).length === 0 ? undefined : { groups };
}

/** People and groups that the task asks. */
function namesAsked(task: TaskDefinition): readonly string[] {
  return peopleIn(task).flatMap(({ approvers = [], escalate, onDeadline }) => {
    const later = typeof onDeadline === 'object' && 'escalate' in onDeadline ? onDeadline.escalate.to : [];
    return [...approvers, ...(escalate?.to ?? []), ...later];
  });
}

async function pinAgent(
  role: string,
  catalogue: AgentCatalogue,
  options: PrepareOptions,
): Promise<Pinned['agents'][string]> {
  const agent = options.functions?.get(role);
  if (agent !== undefined) {
    const { name, description, timeoutMs, liveness, outputSchema } = agent;
    return plain({ name, description, timeoutMs, liveness, outputSchema });
  }
  if (!(await hasOwnFile(role, catalogue)) && isServed(role, options)) return { name: role };
  return plain(await catalogue.get(role));
}

/** Agents that ship are there for when nobody else is. */
async function hasOwnFile(role: string, catalogue: AgentCatalogue): Promise<boolean> {
  const entry = await catalogue.find(role);
  return entry !== undefined && dirname(entry.file) !== SHIPPED_AGENTS;
}

function isServed(role: string, { served, serves }: PrepareOptions): boolean {
  return new Set(served).has(role) || serves?.(role) === true;
}

async function soundNames(catalogue: AgentCatalogue): Promise<string[]> {
  return (await catalogue.list())
    .filter((entry) => entry.definition !== undefined)
    .map((entry) => entry.name);
}

function functionNames({ functions, served }: PrepareOptions): string[] {
  return [...(functions?.keys() ?? []), ...(served ?? [])];
}

/** As the log will give it back: without what JSON cannot say. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
