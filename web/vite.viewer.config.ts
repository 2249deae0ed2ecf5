import { join } from 'node:path';
import { defineConfig, mergeConfig } from 'vite';
import page from './vite.config.ts';

/** The viewer of exported executions: one script and one style sheet, which `scripts/build-web.ts` puts into one file. */
export default mergeConfig(
  page,
  defineConfig({
    publicDir: false,
    resolve: {
      alias: [
        {
          find: /^.*\/layout\/elk\.ts$/,
          replacement: join(import.meta.dirname, 'src/viewer/layout-here.ts'),
        },
      ],
    },
    build: {
      emptyOutDir: false,
      write: false,
      cssCodeSplit: false,
      modulePreload: false,
      reportCompressedSize: false,
      rolldownOptions: {
        input: { viewer: `${import.meta.dirname}/src/viewer/main.tsx` },
        output: { codeSplitting: false },
      },
    },
  }),
);
