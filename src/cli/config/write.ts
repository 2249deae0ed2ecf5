import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Document, isMap, parseDocument } from 'yaml';
import { configInvalid, fileUnusable } from '../../errors.ts';
import type { SettingName, Settings } from './settings.ts';

/**
 * Writes one setting into a file, which is made when it is missing; comments and the other settings stay as they are.
 *
 * Throws CONFIG_INVALID, FILE_UNUSABLE.
 */
export function writeSetting<Name extends SettingName>(
  cwd: string,
  file: string,
  name: Name,
  value: Settings[Name],
): void {
  const path = join(cwd, file);
  const document = existsSync(path)
    ? parseDocument(readFileSync(path, 'utf8'), { uniqueKeys: false, logLevel: 'error' })
    : new Document({});
  const [problem] = document.errors;
  if (problem !== undefined) throw configInvalid(file, problem.message);
  if (document.contents !== null && !isMap(document.contents)) {
    throw configInvalid(file, 'it must be a map of keys');
  }
  document.set(name, value);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, document.toString());
  } catch (error) {
    throw fileUnusable(file, error instanceof Error ? error.message : String(error), error);
  }
}
