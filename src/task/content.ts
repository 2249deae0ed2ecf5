import type { KnownNames } from './build/context.ts';
import { buildTask } from './build/task.ts';
import { checkDefinition } from './check/definition.ts';
import type { TaskSource } from './define.ts';
import { type TaskDefinition, taskDefinitionSchema } from './definition.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { TaskDraft } from './draft.ts';
import { readMarkdown } from './markdown/read.ts';
import { readPlain } from './source/code.ts';
import { SOURCE_LIMITS } from './source/limits.ts';
import { toPlain } from './source/located.ts';
import { Report } from './source/report.ts';
import { readYaml } from './source/yaml.ts';
import { readTaskData } from './yaml-task.ts';

/** What the reader should know of the program around the task. */
export interface ReadOptions {
  /** Agents that exist. Absent: names of agents are not checked. */
  readonly agents?: Iterable<string> | undefined;
  /** Step kinds registered with `registerStepStrategy`. */
  readonly customKinds?: Iterable<string> | undefined;
  /** Aggregates registered beside those that ship. */
  readonly aggregates?: Iterable<string> | undefined;
}

export interface SourceOptions extends ReadOptions {
  /** Named in diagnostics. */
  readonly file: string;
  /** The form of the content; `code` is what `defineTask` returned. */
  readonly kind: TaskKind;
}

export type TaskKind = 'markdown' | 'yaml' | 'code';

export interface ReadResult {
  /** Absent when there is an error. */
  readonly task?: TaskDefinition | undefined;
  /** Sorted by place; warnings and notes may come with a task. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a task. All mistakes are collected; nothing is thrown for a content, however broken or hostile.
 *
 * @param content the text of a file, or for `code` what `defineTask` returned or a definition that was read before
 */
export function readTask(content: string | TaskSource | TaskDefinition, options: SourceOptions): ReadResult {
  const report = new Report(options.file);
  const known = knownNames(options);
  if (typeof content !== 'string' || options.kind === 'code') return readCode(content, known, report);
  return built(readText(content, options.kind, known, report), known, report);
}

function built(draft: TaskDraft | undefined, known: KnownNames, report: Report): ReadResult {
  const task = draft && buildTask(draft, known, report);
  return { ...(task === undefined ? {} : { task }), diagnostics: report.list() };
}

/** What a program gives may be a definition already; then only what its machines rely on is checked. */
function readCode(content: unknown, known: KnownNames, report: Report): ReadResult {
  const data = readPlain(content, report);
  // A copy without anything that is not data, so that nothing in it can change or be left out any more.
  const ready = report.hasErrors ? undefined : taskDefinitionSchema.safeParse(toPlain(data)).data;
  if (ready === undefined) return built(readTaskData(data, known.customKinds, report), known, report);
  checkDefinition(ready, report);
  return report.hasErrors ? { diagnostics: report.list() } : { task: ready, diagnostics: [] };
}

function readText(
  content: string,
  kind: 'markdown' | 'yaml',
  known: KnownNames,
  report: Report,
): TaskDraft | undefined {
  const start = { line: 1, column: 1 };
  if (Buffer.byteLength(content) > SOURCE_LIMITS.fileBytes) {
    report.add(start, 'OVER_LIMIT', `a task file has at most ${SOURCE_LIMITS.fileBytes / 1024} KiB`);
    return undefined;
  }
  const text = content.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n');
  if (kind === 'markdown') return readMarkdown(text, report);
  const data = readYaml(text, start, report);
  if (data !== undefined) return readTaskData(data, known.customKinds, report);
  if (!report.hasErrors) report.add(start, 'NO_PHASES', 'the file is empty');
  return undefined;
}

function knownNames({ agents, customKinds, aggregates }: ReadOptions): KnownNames {
  return {
    agents: agents && new Set(agents),
    customKinds: new Set(customKinds),
    aggregates: new Set(aggregates),
  };
}
