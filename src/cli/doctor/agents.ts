import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { AgentCatalogue, CatalogueEntry } from '../../agent/catalogue.ts';
import type { AgentDefinition } from '../../agent/definition.ts';
import { resolveCommand } from '../../agent/runners/command.ts';
import { counted } from '../words.ts';
import { type Finding, note, ok, problem } from './finding.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether each agent's file can be read and what it runs is there. */
export async function checkAgents(catalogue: AgentCatalogue, env: Environment): Promise<readonly Finding[]> {
  const entries = await catalogue.list();
  const findings = entries.flatMap((entry) => checkAgent(entry, env));
  const definitions = entries.flatMap(({ definition }) => (definition === undefined ? [] : [definition]));
  const sound = entries.length - new Set(findings.map(({ about }) => about)).size;
  return [
    ...findings,
    ...checkVariables(definitions, env),
    ok('Agents', `${counted(sound, 'agent')} of ${entries.length} can be run`),
  ];
}

function checkAgent(
  { name, file, definition, diagnostics }: CatalogueEntry,
  env: Environment,
): readonly Finding[] {
  const about = `Agent ${name}`;
  if (definition === undefined) {
    const [first] = diagnostics.filter(({ severity }) => severity === 'error');
    const place = first === undefined ? file : `${first.file}:${first.line}:${first.column}`;
    return [problem(about, `${place}: ${first?.message ?? 'cannot be read'}`, first?.hint)];
  }
  return checkProgram(about, definition, env);
}

function checkProgram(about: string, definition: AgentDefinition, env: Environment): readonly Finding[] {
  const { command, module, directory } = definition;
  if (definition.runner === 'module' && module !== undefined)
    return missing(about, [resolve(directory, module)]);
  if (definition.runner === undefined) {
    return [note(about, 'has no `command` and no `module`: its steps wait for a host that offers it.')];
  }
  if (definition.runner !== 'command' || command === undefined) return [];
  const [program = '', ...args] = resolveCommand(definition);
  if (!isProgram(program, env)) {
    const remedy = isAbsolute(program)
      ? `Correct \`command\` in ${join(directory, `${definition.name}.md`)}, or chmod +x the file.`
      : `Install ${program}, or put its folder on the PATH.`;
    return [problem(about, `its program ${program} cannot be run.`, remedy)];
  }
  // Arguments that are paths in the agent's folder were made absolute.
  return missing(
    about,
    args.filter((arg, at) => arg !== command[at + 1]),
  );
}

function missing(about: string, paths: readonly string[]): readonly Finding[] {
  return paths
    .filter((path) => !existsSync(path))
    .map((path) =>
      problem(about, `${path} is not there.`, 'Correct the path in the agent file; it starts at the file.'),
    );
}

/** One note for all: many agents share a variable, and most variables may be left out. */
function checkVariables(definitions: readonly AgentDefinition[], env: Environment): readonly Finding[] {
  const askedBy = new Map<string, number>();
  for (const { name } of definitions.flatMap((definition) => definition.env)) {
    if (env[name] === undefined) askedBy.set(name, (askedBy.get(name) ?? 0) + 1);
  }
  if (askedBy.size === 0) return [];
  const names = [...askedBy].map(([name, count]) => `${name} (${counted(count, 'agent')})`);
  return [note('Environment', `not set, though agents may take it: ${names.join(', ')}`)];
}

/** Whether a command line could run it: an executable file at the path, or of that name on the PATH. */
export function isProgram(program: string, env: Environment): boolean {
  if (program.includes('/')) return isExecutable(program);
  const extensions = process.platform === 'win32' ? ['', ...(env.PATHEXT ?? '.EXE;.CMD').split(';')] : [''];
  return (env.PATH ?? '')
    .split(delimiter)
    .filter((dir) => dir !== '')
    .some((dir) => extensions.some((extension) => isExecutable(join(dir, program + extension))));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
