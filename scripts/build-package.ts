import { existsSync } from 'node:fs';
import { chmod, cp, glob, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { buildWeb } from './build-web.ts';
import { useCompiledPrograms, useCompiledUrls } from './compiled-names.ts';

const ROOT = dirname(import.meta.dirname);
const DIST = join(ROOT, 'dist');

/**
 * Compiles the sources into `dist/` and puts beside them the files they read at run time. Node refuses to strip types
 * under node_modules, so the package holds JavaScript only and every name of a program ends in `.js` (docs/adr/0003).
 * Throws when the compiler finds an error or an agent file names a program that does not exist.
 */
export async function buildPackage(): Promise<void> {
  await rm(DIST, { recursive: true, force: true });
  await execa('tsc', ['-p', 'tsconfig.build.json'], { cwd: ROOT, preferLocal: true, stdio: 'inherit' });
  await copyFilesOf('agents');
  await copyFilesOf('tasks');
  await cp(join(ROOT, 'nats.conf'), join(DIST, 'nats.conf'));
  await nameCompiledProgramsInAgents();
  await nameCompiledFilesInUrls();
  await describePackage();
  await makeExecutable(join(DIST, 'src/cli/main.js'));
  await buildWeb();
}

/** Everything but TypeScript: definitions, and programs and data in other languages. */
async function copyFilesOf(folder: string): Promise<void> {
  for await (const file of glob(`${folder}/**/*.*`, { cwd: ROOT, exclude: ['**/__pycache__/**'] })) {
    if (extname(file) !== '.ts') await cp(join(ROOT, file), join(DIST, file));
  }
}

async function nameCompiledProgramsInAgents(): Promise<void> {
  for await (const file of glob('agents/**/*.md', { cwd: DIST })) {
    const agentFile = join(DIST, file);
    const exists = (program: string) => existsSync(resolve(dirname(agentFile), program));
    await rewrite(agentFile, (text) => useCompiledPrograms(text, { file, exists }));
  }
}

async function nameCompiledFilesInUrls(): Promise<void> {
  for await (const file of glob('**/*.js', { cwd: DIST })) await rewrite(join(DIST, file), useCompiledUrls);
}

/** The sources find the package's version at the root of their tree, two folders above `src/cli`; so does `dist/`. */
async function describePackage(): Promise<void> {
  const { name, version, type } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  await writeFile(join(DIST, 'package.json'), `${JSON.stringify({ name, version, type }, null, 2)}\n`);
}

async function makeExecutable(program: string): Promise<void> {
  const shebang = '#!/usr/bin/env node\n';
  await rewrite(program, (text) => (text.startsWith('#!') ? text : shebang + text));
  await chmod(program, 0o755);
}

async function rewrite(file: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(file, 'utf8');
  const after = change(before);
  if (after !== before) await writeFile(file, after);
}
