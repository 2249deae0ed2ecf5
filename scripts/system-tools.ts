import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';

/** A program of the operating system that tests start, and the Debian package that brings it. */
interface SystemTool {
  readonly command: string;
  readonly debianPackage: string;
  readonly neededFor: string;
}

/** Add a line here when a test starts another program. */
const SYSTEM_TOOLS: readonly SystemTool[] = [
  { command: 'git', debianPackage: 'git', neededFor: 'workspaces and checkpoints' },
  { command: 'python3', debianPackage: 'python3', neededFor: 'agents in another language' },
  { command: 'nats-server', debianPackage: 'nats-server', neededFor: 'agents on many hosts' },
  { command: 'chromium', debianPackage: 'chromium', neededFor: 'the inspector in a real browser' },
];

/**
 * Makes sure of every system tool the tests start: root on Debian installs what is missing; anyone else gets a
 * `MissingToolsError` that says what to install.
 */
export async function ensureSystemTools(tools: readonly SystemTool[] = SYSTEM_TOOLS): Promise<void> {
  const missing = missingTools(tools, process.env.PATH ?? '');
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !isOnPath('apt-get', process.env.PATH ?? '')) {
    throw new MissingToolsError(missing);
  }
  const packages = missing.map((tool) => tool.debianPackage);
  process.stderr.write(`Installing ${packages.join(', ')} with apt-get\n`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // stdout belongs to the tests' own report.
  const options = { env, stdin: 'ignore', stdout: process.stderr, stderr: 'inherit' } as const;
  await execa('apt-get', ['update', '-q'], options);
  await execa('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...packages], options);
}

/** Some tools are not there and cannot be installed from here. The message is for the person who runs the tests. */
export class MissingToolsError extends Error {
  constructor(missing: readonly SystemTool[]) {
    const lines = missing.map((tool) => `  ${tool.command} (${tool.neededFor})`);
    const packages = missing.map((tool) => tool.debianPackage).join(' ');
    super(
      `The tests need programs that are not installed:\n${lines.join('\n')}\n` +
        `On Debian or Ubuntu: sudo apt-get install ${packages}\n` +
        'Elsewhere: install them with your package manager, so that they are on PATH.',
    );
    this.name = 'MissingToolsError';
  }
}

/** Those of `tools` that no folder of `path` (in the form of the PATH variable) holds as an executable. */
export function missingTools(tools: readonly SystemTool[], path: string): SystemTool[] {
  return tools.filter((tool) => !isOnPath(tool.command, path));
}

function isOnPath(command: string, path: string): boolean {
  return path.split(delimiter).some((folder) => folder !== '' && isExecutable(join(folder, command)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not for us: either way it cannot be started
  }
}
