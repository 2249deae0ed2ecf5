import { readFile, stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { z } from 'zod';
import { agentScriptsInvalid, agentScriptsUnreadable } from '../../errors.ts';
import { offerOwnPackage } from '../../own-package.ts';
import { ID_PATTERN } from '../../task/definition.ts';
import { renderDiagnostics } from '../../task/diagnostic.ts';
import { nearest } from '../../task/nearest.ts';
import { SOURCE_LIMITS } from '../../task/source/limits.ts';
import { type Located, toPlain } from '../../task/source/located.ts';
import type { Place } from '../../task/source/place.ts';
import { Report } from '../../task/source/report.ts';
import { readYaml } from '../../task/source/yaml.ts';
import type { ScriptedPeople } from '../scripted-people.ts';
import type { ScriptedSignal } from '../scripted-signal.ts';
import { type PastRecord, replayAgent } from './replay.ts';
import type { AgentScript } from './script.ts';
import {
  adversarySchema,
  drawnSchema,
  peopleSchema,
  replaySchema,
  rulesSchema,
  signalsSchema,
  tableSchema,
} from './script-schema.ts';

/** How a simulated world behaves: who performs which role, who sends which signal, and who decides what. */
export interface AgentScripts {
  readonly agents: ReadonlyMap<string, AgentScript>;
  readonly signals: readonly ScriptedSignal[];
  /** What people say where steps ask them. */
  readonly people: ScriptedPeople;
  /** The file says which signals are sent, be it none: then nobody else sends any. */
  readonly declaresSignals: boolean;
}

/**
 * Reads a file of agent scripts: YAML or JSON with the keys `agents`, `signals` and `people`, or a program that exports them (by these names,
 * or as its default), which may also have functions.
 *
 * Throws AGENT_SCRIPTS_INVALID with the place of every mistake, AGENT_SCRIPTS_UNREADABLE.
 */
export async function readAgentScripts(path: string): Promise<AgentScripts> {
  const ending = extname(path).toLowerCase();
  if (PROGRAMS.has(ending)) return readProgram(path);
  if (!DATA.has(ending)) throw agentScriptsUnreadable(path, `its ending '${ending}' is not known`);
  return parseAgentScripts(await textOf(path, SOURCE_LIMITS.fileBytes), path);
}

/**
 * The same from a text, YAML or JSON. @param path what it is called; files that it names are looked for beside it
 *
 * Throws AGENT_SCRIPTS_INVALID with the place of every mistake.
 */
export async function parseAgentScripts(text: string, path: string): Promise<AgentScripts> {
  const report = new Report(path);
  const located = readYaml(text, TOP, report);
  if (located === undefined && !report.hasErrors) report.add(TOP, 'BAD_TYPE', 'the file is empty', HINT);
  const scripts = located && (await build(toPlain(located), path, report, (at) => placeOf(located, at)));
  if (scripts === undefined || report.hasErrors) {
    throw agentScriptsInvalid(
      path,
      renderDiagnostics(report.list(), () => text),
    );
  }
  return scripts;
}

const DATA: ReadonlySet<string> = new Set(['.yaml', '.yml', '.json']);
const PROGRAMS: ReadonlySet<string> = new Set(['.ts', '.mts', '.js', '.mjs']);
const TOP: Place = { line: 1, column: 1 };
const HINT = 'write a map with the key `agents` (role: how it behaves), and `signals` where some are sent';

/** The most that is read of a past execution's records. */
const REPLAY_LIMIT_BYTES = 256 * 1024 * 1024;

type Path = readonly PropertyKey[];
type PlaceOf = (path: Path) => Place;

async function readProgram(path: string): Promise<AgentScripts> {
  let exports: { readonly default?: unknown };
  try {
    offerOwnPackage();
    exports = await import(pathToFileURL(resolve(path)).href);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw agentScriptsUnreadable(path, `it cannot be loaded: ${reason}`, error);
  }
  const report = new Report(path);
  const given = exports.default ?? { ...exports };
  const scripts = await build(given, path, report, (at) => ({ ...TOP, path: at.join('.') }));
  if (scripts === undefined || report.hasErrors)
    throw agentScriptsInvalid(path, renderDiagnostics(report.list()));
  return scripts;
}

async function build(
  given: unknown,
  file: string,
  report: Report,
  placeAt: PlaceOf,
): Promise<AgentScripts | undefined> {
  if (!isMap(given)) {
    report.add(placeAt([]), 'BAD_TYPE', 'the file must be a map of keys', HINT);
    return undefined;
  }
  for (const key of Object.keys(given)) {
    if (!KEYS.includes(key)) reportUnknown(key, KEYS, placeAt([key]), report);
  }
  const { agents: roles = {}, signals = [], people = {} } = given;
  const agents = new Map<string, AgentScript>();
  if (!isMap(roles)) report.add(placeAt(['agents']), 'BAD_TYPE', 'agents: must be a map of roles', HINT);
  else {
    for (const [role, script] of Object.entries(roles)) {
      const place = (path: Path): Place => placeAt(['agents', role, ...path]);
      if (!ID_PATTERN.test(role))
        report.add(
          place([]),
          'BAD_NAME',
          `'${role}' cannot be a role`,
          'use 1 to 64 letters, digits, "_" and "-"',
        );
      const read = await readScript(role, script, { file, report, placeAt: place });
      if (read !== undefined) agents.set(role, read);
    }
  }
  const sent = check(signalsSchema, signals, 'signals', report, (path) => placeAt(['signals', ...path]));
  const decided = check(peopleSchema, people, 'people', report, (path) => placeAt(['people', ...path]));
  const declared = (sent ?? []) as readonly ScriptedSignal[];
  return {
    agents,
    signals: declared,
    people: (decided ?? {}) as ScriptedPeople,
    declaresSignals: 'signals' in given,
  };
}

const KEYS = ['agents', 'signals', 'people'];

async function readScript(
  role: string,
  script: unknown,
  { file, report, placeAt }: { readonly file: string; readonly report: Report; readonly placeAt: PlaceOf },
): Promise<AgentScript | undefined> {
  if (typeof script === 'function') return script as AgentScript;
  if (!Array.isArray(script) && !isMap(script)) {
    report.add(
      placeAt([]),
      'BAD_TYPE',
      `${role}: must be a map, a list of rules${PROGRAMS.has(extname(file)) ? ', or a function' : ''}`,
      KINDS,
    );
    return undefined;
  }
  if (isMap(script) && 'replay' in script) {
    const read = check(replaySchema, script, role, report, placeAt) as
      | z.infer<typeof replaySchema>
      | undefined;
    return read && replayAgent(await readPast(resolve(dirname(file), read.replay)), read.role);
  }
  return check(schemaOf(script), script, role, report, placeAt) as AgentScript | undefined;
}

const KINDS =
  'write `rules`, or what to draw from (`latency`, `failures`, `usage`, `output`), or `adversary`, or `replay`';

function schemaOf(script: object): z.ZodType {
  if (Array.isArray(script)) return rulesSchema;
  if ('rules' in script) return tableSchema;
  return 'adversary' in script ? adversarySchema : drawnSchema;
}

/** What the command prints: one JSON document a line. */
async function readPast(path: string): Promise<readonly PastRecord[]> {
  const lines = (await textOf(path, REPLAY_LIMIT_BYTES)).split('\n').filter((line) => line.trim() !== '');
  return lines.map((line, index) => {
    try {
      const record = JSON.parse(line) as Partial<PastRecord>;
      if (typeof record.type === 'string' && typeof record.position === 'number') return record as PastRecord;
    } catch {
      // Said below.
    }
    const place = `${path}:${index + 1}:1: error BAD_VALUE: this is no record`;
    throw agentScriptsInvalid(path, `${place}\n  hint: write it with \`troupe events ID --json\``);
  });
}

/** Undefined when it does not fit; every mistake is in the report. */
function check(schema: z.ZodType, value: unknown, what: string, report: Report, placeAt: PlaceOf): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const where = [what, ...issue.path].join('.');
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) reportUnknown(key, [], placeAt([...issue.path, key]), report, where);
    } else {
      const code = issue.code === 'invalid_type' ? 'BAD_TYPE' : 'BAD_VALUE';
      report.add(placeAt(issue.path), code, `${where}: ${issue.message}`);
    }
  }
  return undefined;
}

function reportUnknown(
  key: string,
  known: readonly string[],
  place: Place,
  report: Report,
  where = '',
): void {
  const meant = nearest(key, known.length === 0 ? SCRIPT_KEYS : known);
  const hint = meant === undefined ? undefined : `did you mean '${meant}'?`;
  report.add(place, 'UNKNOWN_KEY', `${where === '' ? '' : `${where}: `}'${key}' is not known here`, hint);
}

/** Every key that a script or a signal may have, to guess what was meant. */
const SCRIPT_KEYS = [
  'rules',
  'when',
  'output',
  'outputs',
  'weight',
  'fail',
  'latency',
  'usage',
  'progress',
  'failures',
  'adversary',
  'replay',
  'concurrency',
  'step',
  'attempt',
  'phase',
  'item',
  'input',
  'class',
  'message',
  'retryAfterMs',
  'details',
  'tokens',
  'usd',
  'name',
  'payload',
  'after',
  'by',
  'event',
  'delay',
  'every',
  'bytes',
  'how',
  'ignoreAbort',
];

/** The place of the innermost part that is there. */
function placeOf(located: Located, path: Path): Place {
  let found = located;
  let place = located.place;
  for (const part of path) {
    if (found.kind === 'map') {
      const entry = found.entries.find(({ key }) => key.text === part);
      if (entry === undefined) break;
      place = entry.key.place;
      found = entry.value;
    } else if (found.kind === 'list' && typeof part === 'number') {
      const item = found.items[part];
      if (item === undefined) break;
      place = item.place;
      found = item;
    } else break;
  }
  return place;
}

function isMap(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function textOf(path: string, limitBytes: number): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size <= limitBytes) return await readFile(path, 'utf8');
  } catch (error) {
    throw agentScriptsUnreadable(path, error instanceof Error ? error.message : String(error), error);
  }
  throw agentScriptsUnreadable(path, `it is larger than ${limitBytes / 1024 / 1024} MiB`);
}
