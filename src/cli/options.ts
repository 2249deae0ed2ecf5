import { Option } from 'commander';

/** Options that several commands share, so that they read alike everywhere. */

/** `data`: see `dataDirOf`. */
export function dataOption(): Option {
  return new Option('--data <dir>', 'folder of the state (default: $TROUPE_DATA, else .troupe)');
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
