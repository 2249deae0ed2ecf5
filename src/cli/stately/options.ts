import { type Command, InvalidArgumentError, Option } from 'commander';
import type { StatelyInspector } from '../../stately/inspector.ts';
import type { CliContext } from '../context.ts';

export interface InspectOptions {
  readonly inspect?: 'stately' | undefined;
  readonly inspectPort?: number | undefined;
}

const DEFAULT_PORT = 4690;

/** Gives a command the options of {@link InspectOptions}; returns it. */
export function withInspectOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--inspect <tool>', 'show the statecharts live in another tool').choices(['stately']),
    )
    .addOption(
      new Option('--inspect-port <port>', `where that is opened (default: ${DEFAULT_PORT})`).argParser(port),
    );
}

/** Opens what the options ask for and says where; undefined when they ask for nothing. Throws STATELY_MISSING, PORT_TAKEN. */
export async function openInspection(
  context: CliContext,
  { inspect, inspectPort = DEFAULT_PORT }: InspectOptions,
  say: (line: string) => void,
): Promise<StatelyInspector | undefined> {
  if (inspect === undefined) return undefined;
  const { openStately } = await import('../../stately/inspector.ts');
  const opened = await openStately({ cwd: context.cwd, port: inspectPort });
  say(`Stately's inspector: ${opened.url} (a page of stately.ai, which sees what the statecharts hold)`);
  return opened;
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535)
    throw new InvalidArgumentError('It is a number from 0 to 65535.');
  return value;
}
