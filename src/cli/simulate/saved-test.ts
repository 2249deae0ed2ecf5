import { dirname, relative } from 'node:path';
import type { Json } from '../../json.ts';
import type { Campaign } from '../../simulation/campaign.ts';
import { standstillInWords } from '../../simulation/deadlock/in-words.ts';
import { faultInWords } from '../../simulation/fault-in-words.ts';
import type { Rehearsal } from '../../simulation/rehearsal.ts';
import type { SimulateOptions } from '../commands/simulate.ts';
import { type CliContext, pathOf } from '../context.ts';
import { isAgentsFolder } from './read-agents.ts';

/** The test that replays the first run that failed; undefined when none did. */
export async function savedTestOf(
  campaign: Campaign,
  { setting, prepared, durations }: Rehearsal,
  file: string,
  options: SimulateOptions,
  context: CliContext,
): Promise<string | undefined> {
  const { simulateRun } = await import('../../simulation/campaign/simulate-run.ts');
  const { saveTest } = await import('../../simulation/save-test.ts');
  const [failing] = campaign.failingScripts;
  const seed = failing?.seed ?? campaign.outcomes.find(({ name }) => name !== 'completed')?.seeds[0];
  if (seed === undefined) return undefined;
  const { hosts, faults, seats, spread, without, agents = [] } = options;
  const script = failing?.script;
  const { result } = await simulateRun(setting, { seed, hosts, faults, script });
  const folder = dirname(pathOf(context, options.saveTest ?? ''));
  const here = (path: string): string => {
    const from = relative(folder, pathOf(context, path)).replaceAll('\\', '/');
    return from.startsWith('.') ? from : `./${from}`;
  };
  const agentsFile = agents.find((path) => !isAgentsFolder(context, path));
  return saveTest({
    task: here(prepared.file ?? file),
    agentsFile: agentsFile === undefined ? undefined : here(agentsFile),
    agentDirs: agents.filter((path) => isAgentsFolder(context, path)).map(here),
    input: setting.input as { readonly [field: string]: Json },
    request: {
      seed,
      hosts,
      faults: faults === 'none' ? undefined : faults,
      script,
      seats,
      spread: spread === undefined ? undefined : spread / 100,
      without,
      history: durations.history,
    },
    result,
    about: [
      ...(result.error === null ? [] : [result.error.message]),
      ...(result.standstill === null ? [] : standstillInWords(result.standstill)),
      ...(script ?? []).map(faultInWords),
    ],
  });
}
