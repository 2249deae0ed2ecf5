import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';

const ROOT = dirname(dirname(import.meta.dirname));

const PURE_FOLDERS = ['machines', 'src/task', 'src/engine', 'src/agent', 'src/history'];
const EDGE_FOLDERS = ['src/adapters/sqlite', 'src/agent/runners', 'src/cli', 'agents', 'bench'];

const IMPURE = {
  'wall-clock': 'export const a = Date.now();',
  'process-clock': 'export const a = performance.now();',
  'high-resolution-clock': 'export const a = process.hrtime.bigint();',
  timer: 'export const a = () => setTimeout(() => {}, 1);',
  interval: 'export const a = () => setInterval(() => {}, 1);',
  'imported-timer': `export { setTimeout } from 'node:timers/promises';`,
  'hidden-global': 'export const a = globalThis.Date.now();',
  'random-number': 'export const a = Math.random();',
  'random-id': 'export const a = crypto.randomUUID();',
  'imported-random-id': `export { randomUUID } from 'node:crypto';`,
};
const PURE = {
  hashing: `export { createHash } from 'node:crypto';`,
  rounding: 'export const a = Math.round(1.5);',
};

describe("the project's lint configuration", () => {
  let refused: ReadonlySet<string>;

  // One run for all cases: the linter starts slower than it reads.
  beforeAll(async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'troupe-lint-')));
    try {
      await cp(join(ROOT, 'biome.jsonc'), join(folder, 'biome.jsonc'));
      for (const place of [...PURE_FOLDERS, ...EDGE_FOLDERS]) {
        await mkdir(join(folder, place), { recursive: true });
        for (const [name, source] of Object.entries({ ...IMPURE, ...PURE })) {
          await writeFile(join(folder, place, `${name}.ts`), `${source}\n`);
        }
      }
      refused = await refusedFiles(folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test.each(Object.keys(IMPURE))('refuses %s inside and accepts it at the edges', (name) => {
    for (const place of PURE_FOLDERS) expect(refused).toContain(`${place}/${name}.ts`);
    for (const place of EDGE_FOLDERS) expect(refused).not.toContain(`${place}/${name}.ts`);
  });

  test.each(Object.keys(PURE))('accepts %s everywhere', (name) => {
    for (const place of [...PURE_FOLDERS, ...EDGE_FOLDERS])
      expect(refused).not.toContain(`${place}/${name}.ts`);
  });
});

/** Files in which the linter reports anything; in the GitHub form every report is a line with `file=PATH,`. */
async function refusedFiles(folder: string): Promise<ReadonlySet<string>> {
  const args = [
    'lint',
    '--error-on-warnings',
    '--vcs-enabled=false',
    '--reporter=github',
    '--max-diagnostics=none',
  ];
  const result = await execa('biome', args, {
    cwd: folder,
    preferLocal: true,
    localDir: ROOT,
    reject: false,
  });
  return new Set(
    Array.from(result.stdout.matchAll(/\bfile=([^,]+),/g), ([, file = '']) =>
      relative(folder, resolve(folder, file)),
    ),
  );
}
