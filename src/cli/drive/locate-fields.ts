import { readFile } from 'node:fs/promises';

/** Puts the place of each field's requirement in the task file before its problem, where it can be found: `file:line: …`. */
export async function locateFields(
  file: string | undefined,
  problems: readonly { readonly field: string; readonly message: string }[],
): Promise<readonly { readonly message: string }[]> {
  if (file === undefined) return problems;
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  return problems.map(({ field, message }) => {
    const line = lineOf(field, lines);
    return { message: `${file}${line === undefined ? '' : `:${line}`}: ${message}` };
  });
}

/** From 1: the first line after `requirements` that begins with the field's name, as YAML and code write it. */
function lineOf(field: string, lines: readonly string[]): number | undefined {
  const from = lines.findIndex((line) => /\brequirements\b/.test(line));
  const at = lines.findIndex((line, index) => index > from && keyOf(line) === field);
  return from < 0 || at < 0 ? undefined : at + 1;
}

function keyOf(line: string): string | undefined {
  return /^\s*(?:-\s+)?["']?([^\s"':]+)["']?\s*:/.exec(line)?.[1];
}
