import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { execa } from 'execa';
import { buildPackage } from './build-package.ts';

const ROOT = dirname(import.meta.dirname);

/**
 * Builds and packs the package, installs it in an empty folder as a stranger would, and uses it there. What this
 * finds, the tests on the sources cannot: a file or a dependency left out, TypeScript under node_modules, a wrong path.
 * Throws when something does not work. Reaches the npm registry for the dependencies that npm has not cached.
 */
export async function tryPackage(): Promise<void> {
  await buildPackage();
  const folder = await mkdtemp(join(tmpdir(), 'troupe-package-'));
  try {
    const tarball = await pack(folder);
    const user = strangerIn(folder);
    await user('npm', 'init', '-y');
    await user('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', tarball);
    await answersOnTheCommandLine(user);
    await runsWhatShips(user);
    await answersAsLibrary(user);
    await bringsServerConfiguration(join(folder, 'node_modules/troupe'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a program in the user's folder; gives what it wrote to stdout. */
type User = (command: string, ...args: string[]) => Promise<string>;

async function pack(folder: string): Promise<string> {
  await execa('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT });
  const [tarball] = await readdir(folder);
  assert(tarball, 'npm pack makes a file');
  return join(folder, tarball);
}

/** The Node of this process, and nothing of this checkout: neither npm's settings for scripts nor its tools. */
function strangerIn(folder: string): User {
  const own = Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_'));
  const folders = (process.env.PATH ?? '').split(delimiter).filter((path) => !path.includes('node_modules'));
  const env = { ...Object.fromEntries(own), PATH: [dirname(process.execPath), ...folders].join(delimiter) };
  return async (command, ...args) => {
    const { stdout } = await execa(command, args, { cwd: folder, env, extendEnv: false, stdin: 'ignore' });
    return stdout;
  };
}

async function answersOnTheCommandLine(user: User): Promise<void> {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  assert.match(await user('npx', 'troupe', '--version'), new RegExp(`\\b${version}\\b`));
}

/** The shipped task with its twelve programs and its data, found by name from a folder that has neither. */
async function runsWhatShips(user: User): Promise<void> {
  const input = ['ticker=SPX', 'amount=10000', 'timeHorizon=30 days', 'riskTolerance=medium'];
  const flags = input.flatMap((pair) => ['-i', pair]);
  const report = JSON.parse(
    await user('npx', 'troupe', 'run', 'investment-committee-meeting', '--json', ...flags),
  );
  assert.equal(report.status, 'completed');
  assert(report.outputs.verdict.decision, 'the committee decides');
  await user('npx', 'troupe', 'init', 'starter');
}

/** Once for people, once where `--nats auto` looks for it. */
async function bringsServerConfiguration(installed: string): Promise<void> {
  const ours = await readFile(join(ROOT, 'nats.conf'), 'utf8');
  for (const place of ['nats.conf', 'dist/nats.conf']) {
    assert.equal(await readFile(join(installed, place), 'utf8'), ours, `${place} is in the package`);
  }
}

async function answersAsLibrary(user: User): Promise<void> {
  for (const entry of ['troupe', 'troupe/agent', 'troupe/testing']) {
    const print = 'console.log(Object.keys(entry).length)';
    const imported = await user(
      'node',
      '--input-type=module',
      '-e',
      `import * as entry from '${entry}'; ${print}`,
    );
    const required = await user('node', '-e', `const entry = require('${entry}'); ${print}`);
    assert(Number(imported) > 0, `${entry} exports something`);
    assert.equal(required, imported, `${entry} can be required`);
  }
}
