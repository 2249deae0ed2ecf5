import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { agentFileInvalid, agentUnknown } from '../errors.ts';
import { ID_PATTERN } from '../task/definition.ts';
import { type Diagnostic, renderDiagnostics } from '../task/diagnostic.ts';
import { nearest } from '../task/nearest.ts';
import type { AgentDefinition } from './definition.ts';
import { type AgentReading, NO_FRONT_MATTER, readAgentFile } from './read.ts';

/** An agent file as it was found. */
export interface CatalogueEntry extends AgentReading {
  readonly name: string;
  readonly file: string;
}

/**
 * The agents in a list of folders, one `NAME.md` each; where two folders have the same name the first counts. Files are read
 * when asked for, each time anew.
 */
export class AgentCatalogue {
  readonly directories: readonly string[];

  /** Folders that do not exist are passed over. */
  constructor(directories: readonly string[]) {
    this.directories = directories;
  }

  /** Undefined when there is no such file; a file with errors is found, with its diagnostics. */
  async find(name: string): Promise<CatalogueEntry | undefined> {
    if (!ID_PATTERN.test(name)) return undefined;
    for (const directory of this.directories) {
      const entry = await readEntry(directory, name);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  /** Throws AGENT_UNKNOWN with the nearest name, AGENT_FILE_INVALID. */
  async get(name: string): Promise<AgentDefinition> {
    const entry = await this.find(name);
    if (entry === undefined) throw agentUnknown(name, this.directories, await this.suggest(name));
    if (entry.definition === undefined) throw agentFileInvalid(entry.file, [renderErrors(entry.diagnostics)]);
    return entry.definition;
  }

  /** Sorted by name. Markdown files without front matter, such as a README, are no agents. */
  async list(): Promise<CatalogueEntry[]> {
    const entries = await Promise.all(Array.from(await this.names(), (name) => this.find(name)));
    return entries.filter((entry) => entry !== undefined).filter(isAgent);
  }

  /** The name that was most likely meant. */
  async suggest(name: string): Promise<string | undefined> {
    return nearest(name, await this.names());
  }

  /** Of all files that may be agents, sorted. */
  async names(): Promise<readonly string[]> {
    const found = await Promise.all(this.directories.map(markdownNames));
    return [...new Set(found.flat())].sort();
  }
}

async function readEntry(directory: string, name: string): Promise<CatalogueEntry | undefined> {
  const file = join(directory, `${name}.md`);
  try {
    return { name, file, ...(await readAgentFile(file)) };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw agentFileInvalid(file, [error instanceof Error ? error.message : String(error)], error);
  }
}

async function markdownNames(directory: string): Promise<string[]> {
  try {
    const files = await readdir(directory);
    const names = files.filter((file) => file.endsWith('.md')).map((file) => file.slice(0, -'.md'.length));
    return names.filter((name) => ID_PATTERN.test(name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw agentFileInvalid(directory, [error instanceof Error ? error.message : String(error)], error);
  }
}

function isAgent({ definition, diagnostics }: CatalogueEntry): boolean {
  return definition !== undefined || !diagnostics.some(({ message }) => message === NO_FRONT_MATTER);
}

function renderErrors(diagnostics: readonly Diagnostic[]): string {
  return renderDiagnostics(diagnostics.filter(({ severity }) => severity === 'error'));
}

/** There is nothing of that kind: no such name, a folder in place of a file, a file in place of a folder. */
function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR';
}
