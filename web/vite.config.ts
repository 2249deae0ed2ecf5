import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Where `npx vite web` finds the server that answers `/api`; another with TROUPE_SERVER. */
const SERVER = process.env.TROUPE_SERVER ?? 'http://127.0.0.1:4680';

/** Elements are made by a runtime that shows every text as it is; only that one gets React's own. */
const VISIBLE = join(import.meta.dirname, 'src/visible/jsx-runtime.ts');
const visible: Plugin = {
  name: 'visible-text',
  enforce: 'pre',
  apply: 'build',
  resolveId: (source, importer) =>
    source === 'react/jsx-runtime' && importer !== VISIBLE ? VISIBLE : undefined,
};

interface Sent {
  setHeader(name: string, value: string): unknown;
}
interface Asked {
  readonly headers: { readonly origin?: string | undefined; readonly host?: string | undefined };
}

function asOwn(sent: Sent, { headers }: Asked): void {
  if (headers.origin === `http://${headers.host}`) sent.setHeader('origin', SERVER);
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [visible, react()],
  resolve: {
    alias: [
      // The fold hashes; in the browser with a library, since the browser's own hashing is asynchronous.
      { find: 'node:crypto', replacement: join(import.meta.dirname, 'src/reader/node-crypto.ts') },
    ],
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': {
        target: SERVER,
        changeOrigin: true,
        ws: true,
        // The server lets its own origin act alone. This page is meant to; others stay what they are.
        configure: (proxy) => {
          proxy.on('proxyReq', asOwn);
          proxy.on('proxyReqWs', asOwn);
        },
      },
    },
  },
  worker: { format: 'es' },
  build: {
    outDir: join(import.meta.dirname, '../dist/web'),
    emptyOutDir: true,
    target: 'es2023',
    // light-dark(), which the theme is made of.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // The server's policy forbids what is not a file of its own: nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What every page needs comes as one file; pages, plots and the layout of graphs when somebody looks at them.
    rolldownOptions: {
      // On a busy machine every build would say that its plugins are slow.
      checks: { pluginTimings: false },
      output: {
        codeSplitting: {
          groups: [{ name: 'parts', test: /web\/src\/(parts|theme|api)\//, minShareCount: 2 }],
        },
      },
    },
    reportCompressedSize: true,
    chunkSizeWarningLimit: 1600,
  },
});
