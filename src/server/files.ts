import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Hono } from 'hono';

const TYPES: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
};

/** Names of files of the page; nothing else is ever looked for. */
const FILE = /^\/(?:assets\/)?[A-Za-z0-9_-][A-Za-z0-9._-]*\.[A-Za-z0-9]+$/;

/**
 * The page: its files, and for every other path the document that shows it, so that a link to any view opens it.
 *
 * @param dir where it was built
 */
export function pageFiles(dir: string): Hono {
  const send = async (path: string): Promise<Response | undefined> => {
    const type = TYPES[extname(path)];
    if (type === undefined) return undefined;
    try {
      // The name of what lies in `assets` says its content.
      const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
      const bytes = await readFile(join(dir, path));
      return new Response(bytes, { headers: { 'content-type': type, 'cache-control': cache } });
    } catch {
      return undefined;
    }
  };
  return new Hono().get('*', async (c, next) => {
    const { path } = c.req;
    if (path.startsWith('/api/')) return next();
    if (FILE.test(path) && !path.includes('..')) {
      const found = await send(path);
      if (found !== undefined) return found;
    }
    if (extname(path) !== '' && path !== '/index.html') return next();
    return (await send('/index.html')) ?? notBuilt();
  });
}

function notBuilt(): Response {
  return new Response(NOT_BUILT, {
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  });
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Troupe</title>
<h1>The page is not built</h1>
<p>Troupe runs, and <a href="/openapi.json">its HTTP API</a> answers. Build the page, then load this again:</p>
<pre>npm run build</pre>
</html>
`;
