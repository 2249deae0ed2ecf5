import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { reportFailure } from './report-failure.ts';

const ROOT = dirname(import.meta.dirname);

/**
 * Builds the inspector's page into `dist/web/`, which the server serves. Says nothing when all is well; throws when it does not compile.
 * Does nothing where what it is built with is not installed, as after `npm ci --omit=dev`: the server then says that the page is missing.
 */
export async function buildWeb(): Promise<void> {
  if (!existsSync(join(ROOT, 'node_modules/vite'))) return;
  const { build } = await import('vite');
  await build({ configFile: join(ROOT, 'web/vite.config.ts'), logLevel: 'warn' });
}

// `npm run prepare`, which `npm ci` runs too.
if (import.meta.main) await buildWeb().catch(reportFailure);
