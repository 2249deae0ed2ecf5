import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Mutant } from './mutants.ts';

const ROOT = new URL('../../../', import.meta.url).href;

/** Sources without their types, by file: all mutants share them but for the one that each changes. */
const stripped = new Map<string, string>();
const planted = new Map<string, Mutant>();
const applied = new Set<string>();

/**
 * Loads a module of ours with the bug planted: it and everything of ours that it imports anew, beside what is loaded already; packages
 * are shared. Throws when the mutant no longer fits its file, or the module does not use that file.
 */
export async function importMutated<T>(path: string, mutant: Mutant): Promise<T> {
  planted.set(mutant.name, mutant);
  const module = await import(`${ROOT}${path}?mutant=${encodeURIComponent(mutant.name)}`);
  if (!applied.has(mutant.name))
    throw new Error(`${path} does not use ${mutant.file}: "${mutant.name}" is not planted`);
  return module as T;
}

/** The source with the bug in it. */
function mutate(source: string, { name, file, find, replace }: Mutant): string {
  const [before, after, ...more] = source.split(find);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(
      `"${name}" no longer fits ${file}: what it replaces is there ${after === undefined ? 'no' : more.length + 1} times`,
    );
  return `${before}${replace}${after}`;
}

registerHooks({
  resolve: (specifier, context, nextResolve) => {
    const resolved = nextResolve(specifier, context);
    const name = context.parentURL === undefined ? null : mutantIn(context.parentURL);
    if (name === null || !isOurs(resolved.url)) return resolved;
    return { ...resolved, url: `${resolved.url}?mutant=${encodeURIComponent(name)}` };
  },
  load: (url, context, nextLoad) => {
    const name = mutantIn(url);
    const mutant = name === null ? undefined : planted.get(name);
    if (mutant === undefined) return nextLoad(url, context);
    const file = fileURLToPath(withoutQuery(url));
    return { format: 'module', source: sourceOf(file, mutant), shortCircuit: true };
  },
});

function sourceOf(file: string, mutant: Mutant): string {
  if (file === fileURLToPath(`${ROOT}${mutant.file}`)) {
    applied.add(mutant.name);
    return stripTypeScriptTypes(mutate(readFileSync(file, 'utf8'), mutant));
  }
  let source = stripped.get(file);
  if (source === undefined) {
    source = stripTypeScriptTypes(readFileSync(file, 'utf8'));
    stripped.set(file, source);
  }
  return source;
}

function mutantIn(url: string): string | null {
  return url.startsWith(ROOT) && url.includes('?mutant=') ? new URL(url).searchParams.get('mutant') : null;
}

function isOurs(url: string): boolean {
  return url.startsWith(ROOT) && !url.includes('/node_modules/') && !url.includes('?');
}

function withoutQuery(url: string): string {
  return url.slice(0, url.indexOf('?'));
}
