import { registerHooks } from 'node:module';
import { extname } from 'node:path';

/**
 * From here on, modules of this thread may `import … from 'troupe'`, `'troupe/agent'` and `'troupe/testing'` also where no such package
 * is installed beside them, and get the Troupe that runs them. An installed one comes first. For task files, agents' modules and
 * scripts, which may lie in any folder.
 */
export function offerOwnPackage(): void {
  if (isOffered) return;
  isOffered = true;
  registerHooks({
    resolve: (specifier, context, nextResolve) => {
      const own = OWN.get(specifier);
      if (own === undefined) return nextResolve(specifier, context);
      try {
        return nextResolve(specifier, context);
      } catch (error) {
        if (!isMissing(error)) throw error;
        return { url: own, format: own.endsWith('.ts') ? 'module-typescript' : 'module', shortCircuit: true };
      }
    },
  });
}

let isOffered = false;

/** `.ts` in a checkout, `.js` in the package. */
const ending = extname(import.meta.url);
const OWN: ReadonlyMap<string, string> = new Map([
  ['troupe', new URL(`./index${ending}`, import.meta.url).href],
  ['troupe/agent', new URL(`./agent${ending}`, import.meta.url).href],
  ['troupe/testing', new URL(`./testing${ending}`, import.meta.url).href],
]);

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return (
    code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || code === 'ERR_PACKAGE_PATH_NOT_EXPORTED'
  );
}
