import { type Command, InvalidArgumentError, Option } from 'commander';

/** How the inspector is served; each also a setting. */
export interface ServeOptions {
  readonly uiPort?: number | undefined;
  readonly uiHost?: string | undefined;
  readonly allowHost?: readonly string[] | undefined;
  readonly graphql?: boolean | undefined;
}

/** Gives a command the options of {@link ServeOptions}; returns it. */
export function withServeOptions(command: Command): Command {
  command
    .addOption(
      new Option(
        '--ui-port <port>',
        'port of the inspector (default: $TROUPE_UI_PORT, else 4680 or the next free one)',
      ).argParser(port),
    )
    .addOption(
      new Option('--ui-host <address>', 'address to serve it on (default: $TROUPE_UI_HOST, else 127.0.0.1)'),
    )
    .addOption(
      new Option('--allow-host <name...>', 'names besides localhost under which browsers may ask for it'),
    )
    .option('--graphql', 'serve /graphql as well (default: $TROUPE_GRAPHQL, else not)');
  return command;
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535)
    throw new InvalidArgumentError('It is a number from 0 to 65535.');
  return value;
}
