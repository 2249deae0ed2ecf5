import { readFile } from 'node:fs/promises';
import { fileUnusable, usageInvalid } from '../../errors.ts';
import type { Json } from '../../json.ts';
import { type CliContext, pathOf } from '../context.ts';
import { parseYamlDocument } from '../yaml-document.ts';

export interface InputOptions {
  /** `FIELD=VALUE`, each. */
  readonly input?: readonly string[] | undefined;
  /** A JSON or YAML file with an object of fields; `-`: standard input. */
  readonly inputFile?: string | undefined;
}

/**
 * The input as given on the command line: the file's fields, then those given one by one. Values given one by one are texts;
 * what they mean is for the task's requirements to say.
 */
export async function readInput(
  context: CliContext,
  { input = [], inputFile }: InputOptions,
): Promise<{ readonly [field: string]: unknown }> {
  const fields = inputFile === undefined ? {} : await readFields(context, inputFile);
  return { ...fields, ...Object.fromEntries(input.map(fieldOf)) };
}

/** A JSON or YAML document from a file, or from standard input when it is called `-`. Throws FILE_UNUSABLE. */
export async function readDocument(context: CliContext, path: string): Promise<Json> {
  let text: string;
  try {
    text = path === '-' ? await context.readStdin() : await readFile(pathOf(context, path), 'utf8');
  } catch (error) {
    throw fileUnusable(path, isMissing(error) ? 'there is no such file' : String(error), error);
  }
  try {
    // JSON is YAML, so one reader does for both.
    return parseYamlDocument(text) as Json;
  } catch (error) {
    throw fileUnusable(path, `it is neither JSON nor YAML: ${(error as Error).message}`, error);
  }
}

async function readFields(context: CliContext, path: string): Promise<{ readonly [field: string]: unknown }> {
  const document = await readDocument(context, path);
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw fileUnusable(path, 'it does not hold an object with the fields of the input');
  }
  return document as { readonly [field: string]: unknown };
}

function fieldOf(text: string): readonly [field: string, value: string] {
  const at = text.indexOf('=');
  if (at <= 0) {
    throw usageInvalid(`'${text}' is not FIELD=VALUE`, 'Write -i FIELD=VALUE, for example -i ticker=SPX.');
  }
  return [text.slice(0, at), text.slice(at + 1)];
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
