import { type Command, Option } from 'commander';

/** Options that several commands share, so that they read alike everywhere. */

/** Where a command finds executions; see `dataDirOf` and `natsOf`. */
export interface StateOptions {
  readonly data?: string | undefined;
  readonly nats?: string | undefined;
  readonly namespace?: string | undefined;
  readonly natsCreds?: string | undefined;
  readonly natsCa?: string | undefined;
}

/** Gives a command the options of {@link StateOptions}; returns it. */
export function withStateOptions(command: Command): Command {
  command
    .addOption(new Option('--data <dir>', 'folder of the state (default: $TROUPE_DATA, else .troupe)'))
    .addOption(
      new Option(
        '--nats <url>',
        'server to work through: nats://USER:PASSWORD@HOST:4222; auto starts one for this project, none uses the folder (default: $TROUPE_NATS_URL, else none)',
      ),
    )
    .addOption(new Option('--namespace <name>', 'on the server (default: $TROUPE_NAMESPACE, else default)'))
    .addOption(new Option('--nats-creds <file>', 'credentials for the server (default: $TROUPE_NATS_CREDS)'))
    .addOption(
      new Option('--nats-ca <file>', 'certificates that sign the server’s (default: $TROUPE_NATS_CA)'),
    );
  return command;
}

/** `agents`: a list of folders, in the order in which they are searched. */
export function agentsOption(): Option {
  return new Option('--agents <dir...>', 'folders to look for agents in first');
}

/** `json`: use `printJson`. */
export function jsonOption(): Option {
  return new Option('--json', 'write one JSON document to standard output, nothing else');
}

/** The text under a command's help; each example is a command line and what it does. */
export function examples(...lines: readonly (readonly [command: string, what: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  const list = lines.map(([command, what]) => `  $ ${command.padEnd(width)}  ${what}`);
  return `\nExamples:\n${list.join('\n')}`;
}
