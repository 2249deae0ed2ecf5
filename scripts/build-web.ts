import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { VIEWER_FILE } from '../src/server/export-page.ts';
import { reportFailure } from './report-failure.ts';
import { viewerPage } from './viewer-page.ts';

const ROOT = dirname(import.meta.dirname);
const WEB = join(ROOT, 'dist/web');

/**
 * Builds the inspector's page into `dist/web/`, which the server serves, and the viewer that exported executions are put into. Says
 * nothing when all is well; throws when it does not compile. Does nothing where what it is built with is not installed, as after
 * `npm ci --omit=dev`: the server then says that the page is missing.
 */
export async function buildWeb(): Promise<void> {
  if (!existsSync(join(ROOT, 'node_modules/vite'))) return;
  const { build } = await import('vite');
  await build({ configFile: join(ROOT, 'web/vite.config.ts'), logLevel: 'warn' });
  const built = await build({ configFile: join(ROOT, 'web/vite.viewer.config.ts'), logLevel: 'warn' });
  if (!('output' in built)) throw new Error('The viewer is to be built once, not watched.');
  const { output } = built;
  const theme = await readFile(join(ROOT, 'web/public/theme.js'), 'utf8');
  const script = output.find((file) => file.type === 'chunk')?.code;
  const style = output.find((file) => file.fileName.endsWith('.css'));
  if (script === undefined || style?.type !== 'asset')
    throw new Error('The viewer has no script or no style.');
  await mkdir(WEB, { recursive: true });
  await writeFile(join(WEB, VIEWER_FILE), viewerPage({ script, style: String(style.source), theme }));
}

// `npm run prepare`, which `npm ci` runs too.
if (import.meta.main) await buildWeb().catch(reportFailure);
