import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Inputs that are kept: seeds, and every one that found something. A folder per target. */
export function corpusOf(target: string): { readonly name: string; readonly input: string }[] {
  const folder = folderOf(target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, input: readFileSync(new URL(name, folder), 'utf8') }));
}

/** Adds an input; its name there. */
export function keepInCorpus(target: string, input: string): string {
  const name = `found-${createHash('sha256').update(input).digest('hex').slice(0, 12)}.txt`;
  mkdirSync(folderOf(target), { recursive: true });
  writeFileSync(new URL(name, folderOf(target)), input);
  return name;
}

function folderOf(target: string): URL {
  return new URL(`./corpus/${target}/`, import.meta.url);
}
