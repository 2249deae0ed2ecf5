import { statSync } from 'node:fs';
import { extname } from 'node:path';
import type { FunctionAgent } from '../../agent/define.ts';
import type { AgentDefinition } from '../../agent/definition.ts';
import { agentFileInvalid, agentUnknown, fileUnusable } from '../../errors.ts';
import { nearest } from '../../task/nearest.ts';
import { agentDirsOf, type CliContext, pathOf } from '../context.ts';

export interface LoadOptions {
  readonly agents?: readonly string[] | undefined;
  /** Only these roles. */
  readonly role?: readonly string[] | undefined;
  /** Attempts at once of each, in place of what its file says. */
  readonly concurrency?: number | undefined;
}

type Agent = FunctionAgent | AgentDefinition;

export interface LoadedAgents {
  readonly agents: readonly Agent[];
  /** Roles whose files name nothing to run: people perform them, or hosts in other languages. */
  readonly leftOut: readonly string[];
}

/**
 * The agents that a host is to offer: those in the files, Markdown or modules; without files all that can be found by name.
 *
 * Throws FILE_UNUSABLE, AGENT_FILE_INVALID, AGENT_UNKNOWN, USAGE.
 */
export async function loadAgents(
  context: CliContext,
  files: readonly string[],
  options: LoadOptions,
): Promise<LoadedAgents> {
  const found = files.length === 0 ? await inCatalogue(context, options) : await inFiles(context, files);
  const { role: wanted } = options;
  const names = found.map(({ name }) => name);
  for (const role of wanted ?? []) {
    if (!names.includes(role)) throw agentUnknown(role, files, nearest(role, names));
  }
  const meant = found.filter(({ name }) => wanted?.includes(name) ?? true);
  const agents = meant.filter(runs);
  return {
    agents: agents.map((agent) => ({ ...agent, concurrency: options.concurrency ?? agent.concurrency })),
    leftOut: meant.filter((agent) => !runs(agent)).map(({ name }) => name),
  };
}

async function inFiles(context: CliContext, files: readonly string[]): Promise<readonly Agent[]> {
  const all = await Promise.all(files.map((file) => inFile(file, pathOf(context, file))));
  return all.flat();
}

async function inFile(file: string, path: string): Promise<readonly Agent[]> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw fileUnusable(file, 'there is no such file');
  if (!found.isFile()) throw fileUnusable(file, 'it is no file; name a folder with --agents');
  if (extname(path) !== '.md') {
    const { loadAgentModule } = await import('../../agent/load-module.ts');
    return loadAgentModule(path);
  }
  const { readAgentFile } = await import('../../agent/read.ts');
  const { definition, diagnostics } = await readAgentFile(path);
  if (definition !== undefined) return [definition];
  const problems = diagnostics.filter(({ severity }) => severity === 'error');
  throw agentFileInvalid(
    file,
    problems.map(({ line, column, message }) => `${line}:${column}: ${message}`),
  );
}

/** One that is not valid stops the host: its role would be missing without a word. */
async function inCatalogue(context: CliContext, options: LoadOptions): Promise<readonly Agent[]> {
  const { catalogueFor } = await import('../../library/prepare-task.ts');
  const catalogue = catalogueFor({ agentDirs: agentDirsOf(context, options), cwd: context.cwd });
  const names = (await catalogue.list()).map(({ name }) => name);
  const wanted = options.role ?? names;
  return Promise.all(wanted.map((name) => catalogue.get(name)));
}

function runs(agent: Agent): boolean {
  return 'kind' in agent || (agent.runner !== undefined && agent.runner !== 'human');
}
