import { dirname, join } from 'node:path';
import { build } from 'vite';

const ROOT = dirname(import.meta.dirname);

/** Builds the inspector's page into `dist/web/`, which the server serves. Throws when it does not compile. */
export async function buildWeb(): Promise<void> {
  await build({ configFile: join(ROOT, 'web/vite.config.ts'), logLevel: 'warn' });
}

if (import.meta.main) await buildWeb();
