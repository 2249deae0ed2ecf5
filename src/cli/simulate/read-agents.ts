import { statSync } from 'node:fs';
import { usageInvalid } from '../../errors.ts';
import type { RehearsalOptions } from '../../simulation/rehearsal.ts';
import { type CliContext, pathOf } from '../context.ts';

/** Whether `--agents` names a folder with agent files, as in other commands, and not the file that says how agents behave. */
export function isAgentsFolder(context: CliContext, path: string): boolean {
  return statSync(pathOf(context, path), { throwIfNoEntry: false })?.isDirectory() === true;
}

/** How agents behave and which signals are sent, from the one file that says so. Throws USAGE when there are several. */
export async function readAgentsFile(
  context: CliContext,
  files: readonly string[],
): Promise<Pick<RehearsalOptions, 'agents' | 'signals' | 'declaresSignals' | 'people'>> {
  const [file, second] = files;
  if (file === undefined) return {};
  if (second !== undefined)
    throw usageInvalid('--agents names two files.', 'Put what agents do into one file.');
  const { readAgentScripts } = await import('../../simulation/agents/read-scripts.ts');
  return readAgentScripts(pathOf(context, file));
}
