import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { ID_PATTERN } from '../task/definition.ts';
import { type Diagnostic, type DiagnosticCode, hasErrors } from '../task/diagnostic.ts';
import { checkSchema } from '../task/json-schema.ts';
import { nearest } from '../task/nearest.ts';
import { SOURCE_LIMITS } from '../task/source/limits.ts';
import { emptyMap, type Located, type LocatedMap, toPlain } from '../task/source/located.ts';
import type { Place } from '../task/source/place.ts';
import { Report } from '../task/source/report.ts';
import { readYaml } from '../task/source/yaml.ts';
import {
  type AgentFile,
  agentFileSchema,
  KNOWN_KEYS,
  KNOWN_LIVENESS_KEYS,
  KNOWN_TROUPE_KEYS,
} from './agent-file.ts';
import { toVariable } from './define.ts';
import type { AgentDefinition } from './definition.ts';

/** `definition` is there unless a diagnostic is an error. */
export interface AgentReading {
  readonly definition: AgentDefinition | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads an agent file. Rejects with the system's error when the file cannot be read at all. */
export async function readAgentFile(file: string): Promise<AgentReading> {
  const { size } = await stat(file);
  if (size <= SOURCE_LIMITS.fileBytes) return readAgent(await readFile(file, 'utf8'), file);
  const report = new Report(file);
  report.add(
    TOP,
    'OVER_LIMIT',
    `files of more than ${SOURCE_LIMITS.fileBytes / 1024 / 1024} MiB are refused`,
  );
  return { definition: undefined, diagnostics: report.list() };
}

/**
 * Reads an agent from Markdown with front matter: `name`, `description`, `tools`, `model`, Troupe's own keys under `troupe`, and the
 * prompt as the body. The file's name is the agent's.
 */
export function readAgent(text: string, file: string): AgentReading {
  const report = new Report(file);
  const parts = splitFrontMatter(text);
  if (parts === undefined) {
    report.add(
      TOP,
      'YAML_SYNTAX',
      NO_FRONT_MATTER,
      'begin with a line ---, then keys such as name, then a line ---',
    );
    return { definition: undefined, diagnostics: report.list() };
  }
  const located = readYaml(parts.frontMatter, FRONT_MATTER, report) ?? emptyMap(FRONT_MATTER);
  const isMap = located.kind === 'map';
  if (!isMap) report.add(located.place, 'BAD_TYPE', 'the front matter must be a map of keys');
  const definition = isMap ? readDefinition(located, { file, prompt: parts.body, report }) : undefined;
  const diagnostics = report.list();
  return { definition: hasErrors(diagnostics) ? undefined : definition, diagnostics };
}

/** A Markdown file that is something else. */
export const NO_FRONT_MATTER = 'the file has no front matter';

const TOP: Place = { line: 1, column: 1 };
const FRONT_MATTER: Place = { line: 2, column: 1 };

function splitFrontMatter(text: string): { frontMatter: string; body: string } | undefined {
  const found = /^\uFEFF?---[ \t]*\r?\n(?<frontMatter>(?:[\s\S]*?\r?\n)?)---[ \t]*(?:\r?\n|$)/.exec(text);
  if (found === null) return undefined;
  return {
    frontMatter: found.groups?.frontMatter?.replace(/\r?\n$/, '') ?? '',
    body: text.slice(found[0].length).trim(),
  };
}

function readDefinition(
  located: LocatedMap,
  { file, prompt, report }: { file: string; prompt: string; report: Report },
): AgentDefinition | undefined {
  noteUnknownKeys(located, report);
  const parsed = agentFileSchema.safeParse(toPlain(located));
  if (!parsed.success) {
    for (const issue of parsed.error.issues) reportIssue(issue, located, report);
    return undefined;
  }
  const name = readName(parsed.data, file, located, report);
  checkTroupeBlock(parsed.data, located, report);
  return toDefinition(parsed.data, { name, prompt, directory: dirname(resolve(file)) });
}

function toDefinition(
  { name: _, description = '', tools, model, troupe = {}, ...extra }: AgentFile,
  about: { name: string; prompt: string; directory: string },
): AgentDefinition {
  const {
    runner,
    command,
    module,
    output = 'envelope',
    outputSchema,
    concurrency,
    timeout,
    liveness,
    ...rest
  } = troupe;
  const { capabilities = [], env = [], worker = false, isolation, ...unknown } = rest;
  return {
    ...about,
    description,
    tools: typeof tools === 'string' ? tools.split(',').map((tool) => tool.trim()) : tools,
    model,
    runner: runner ?? (command ? 'command' : module === undefined ? undefined : 'module'),
    command,
    module,
    output,
    outputSchema,
    concurrency,
    timeoutMs: timeout,
    liveness: liveness && { host: liveness.host, process: liveness.process, progress: liveness.progress },
    capabilities,
    env: env.map(toVariable),
    worker,
    isolation,
    extra: { ...extra, ...unknown },
  };
}

/** The name of the file decides, since that is how the agent is found. */
function readName({ name }: AgentFile, file: string, located: LocatedMap, report: Report): string {
  const fileName = basename(file, '.md');
  if (!ID_PATTERN.test(fileName)) {
    report.add(TOP, 'BAD_NAME', `an agent cannot be named '${fileName}', as its file is`, HINTS.name);
  } else if (name !== undefined && name !== fileName) {
    const place = placeOf(located, ['name']);
    report.add(
      place,
      'NAME_DIFFERS',
      `the agent is known as '${fileName}', the name of its file`,
      `rename the file to ${name}.md`,
    );
  }
  return fileName;
}

function checkTroupeBlock({ troupe = {} }: AgentFile, located: LocatedMap, report: Report): void {
  const { runner, command, module, outputSchema, worker, liveness } = troupe;
  const at = (key: string) => placeOf(located, ['troupe', key]);
  if (command !== undefined && module !== undefined && runner === undefined) {
    report.add(
      at('module'),
      'BAD_VALUE',
      'both a command and a module are given',
      'keep one, or say which with `runner`',
    );
  }
  if (runner === 'command' && command === undefined) {
    report.add(at('runner'), 'BAD_VALUE', 'the runner command needs a `command`', HINTS.command);
  }
  if (runner === 'module' && module === undefined) {
    report.add(at('runner'), 'BAD_VALUE', 'the runner module needs a `module`', HINTS.module);
  }
  if (worker === true && module === undefined) {
    report.add(at('worker'), 'NOT_APPLIED', 'only a module runs in a worker thread');
  }
  if (liveness?.process !== undefined && module !== undefined && worker !== true && command === undefined) {
    const why = "a module in the host's process lives as long as the host does";
    report.add(placeOf(located, ['troupe', 'liveness', 'process']), 'NOT_APPLIED', why, 'set `worker: true`');
  }
  if (outputSchema !== undefined) {
    try {
      checkSchema(outputSchema);
    } catch (error) {
      report.add(at('outputSchema'), 'BAD_SCHEMA', error instanceof Error ? error.message : String(error));
    }
  }
}

/** Unknown keys are kept, since agent files are shared with other programs; what looks like a mistake is pointed out. */
function noteUnknownKeys(located: LocatedMap, report: Report): void {
  for (const { key } of located.entries) {
    if (KNOWN_KEYS.includes(key.text)) continue;
    if (KNOWN_TROUPE_KEYS.includes(key.text)) {
      report.add(key.place, 'NOT_APPLIED', `'${key.text}' has no effect here`, `move it under \`troupe:\``);
    }
  }
  const block = located.entries.find(({ key }) => key.text === 'troupe')?.value;
  if (block?.kind !== 'map') return;
  noteUnknown(block, KNOWN_TROUPE_KEYS, report);
  const liveness = block.entries.find(({ key }) => key.text === 'liveness')?.value;
  if (liveness?.kind === 'map') noteUnknown(liveness, KNOWN_LIVENESS_KEYS, report);
}

function noteUnknown(map: LocatedMap, known: readonly string[], report: Report): void {
  for (const { key } of map.entries) {
    if (known.includes(key.text)) continue;
    const meant = nearest(key.text, known);
    report.add(
      key.place,
      'NOT_APPLIED',
      `'${key.text}' is not known here`,
      meant && `did you mean '${meant}'?`,
    );
  }
}

function reportIssue(issue: z.core.$ZodIssue, located: LocatedMap, report: Report): void {
  const key = issue.path.findLast((part) => typeof part === 'string') ?? '';
  const where = issue.path.join('.') || 'the front matter';
  const hint = isBeat(issue) ? HINTS.timeout : HINTS[key];
  report.add(placeOf(located, issue.path), codeOf(issue, key), `${where}: ${issue.message}`, hint);
}

function codeOf(issue: z.core.$ZodIssue, key: string): DiagnosticCode {
  if (key === 'name') return 'BAD_NAME';
  if (key === 'timeout' || isBeat(issue)) return 'BAD_DURATION';
  return issue.code === 'invalid_type' ? 'BAD_TYPE' : 'BAD_VALUE';
}

/** About one of the durations under `liveness`. */
function isBeat({ path }: z.core.$ZodIssue): boolean {
  return path[1] === 'liveness' && path.length > 2;
}

const HINTS: Readonly<Record<string, string>> = {
  name: 'use 1 to 64 letters, digits, "_" and "-"',
  tools: 'write a list, or names with commas between them',
  runner: 'write command, module or human',
  command: 'write the program and its arguments as a list: [node, ./analyst.ts]',
  module: 'write the path of a module: ./analyst.ts',
  output: 'write envelope, json or text',
  concurrency: 'write a whole number from 1',
  timeout: "write a duration such as '30s' or '5 minutes'",
  liveness: 'write a duration for one or more of host, process and progress: {progress: 5m}',
  env: 'write a list of names, or of {name: NAME, secret: false}',
  worker: 'write true or false',
};

/** The place of the deepest part of the path that is there. */
function placeOf(located: Located, path: readonly PropertyKey[]): Place {
  const [key, ...rest] = path;
  if (located.kind === 'list' && typeof key === 'number') {
    const item = located.items[key];
    return item === undefined ? located.place : placeOf(item, rest);
  }
  if (located.kind !== 'map') return located.place;
  const entry = located.entries.find((candidate) => candidate.key.text === key);
  if (entry === undefined) return located.place;
  return rest.length === 0 ? entry.value.place : placeOf(entry.value, rest);
}
