import { fileURLToPath } from 'node:url';

/** Where the page was built: beside the sources of a checkout, or beside what was built of them. */
export const PAGE_DIR = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/web' : '../../web', import.meta.url),
);
