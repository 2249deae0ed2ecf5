import type { Argument, Command, Option } from 'commander';

/** A word that may stand where the cursor is. */
export interface Candidate {
  readonly word: string;
  readonly about: string;
}

/** What only the surroundings know: looked up when an argument asks for it. */
export interface Lookups {
  readonly executions: () => Promise<readonly Candidate[]>;
  readonly tasks: () => Promise<readonly Candidate[]>;
}

/**
 * What may follow on a command line: commands, options, the values of an option, names of tasks, ids of executions. Files are left to
 * the shell. @param words after `troupe`; the last one is what is being typed, perhaps empty
 */
export async function candidatesFor(
  program: Command,
  words: readonly string[],
  lookups: Lookups,
): Promise<readonly Candidate[]> {
  const typed = words.at(-1) ?? '';
  const { command, given, pending } = walk(program, words.slice(0, -1));
  const all =
    pending !== undefined
      ? valuesOf(pending)
      : typed.startsWith('-')
        ? optionsOf(command)
        : [...commandsOf(command), ...(await argumentValues(command, given, lookups))];
  return all.filter(({ word }) => word.startsWith(typed));
}

interface Place {
  readonly command: Command;
  /** Arguments of the command before the cursor. */
  readonly given: number;
  /** The option whose value is being typed. */
  readonly pending: Option | undefined;
}

function walk(program: Command, words: readonly string[]): Place {
  let command = program;
  let given = 0;
  let pending: Option | undefined;
  for (const word of words) {
    if (pending !== undefined) {
      pending = undefined;
      continue;
    }
    if (word.startsWith('-')) {
      const option = command.options.find(({ short, long }) => short === word || long === word);
      pending = option !== undefined && (option.required || option.optional) ? option : undefined;
      continue;
    }
    const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (next === undefined) given += 1;
    else {
      command = next;
      given = 0;
    }
  }
  return { command, given, pending };
}

function valuesOf(option: Option): readonly Candidate[] {
  return (option.argChoices ?? []).map((word) => ({ word, about: '' }));
}

function optionsOf(command: Command): readonly Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map((option) => ({ word: option.long ?? option.short ?? '', about: option.description }));
}

function commandsOf(command: Command): readonly Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((one) => ({ word: one.name(), about: one.description() }));
}

async function argumentValues(
  command: Command,
  given: number,
  lookups: Lookups,
): Promise<readonly Candidate[]> {
  const argument = command.registeredArguments[given] ?? lastIfVariadic(command.registeredArguments);
  if (argument === undefined) return [];
  if (argument.argChoices !== undefined) return argument.argChoices.map((word) => ({ word, about: '' }));
  switch (argument.name()) {
    case 'execution':
      return lookups.executions();
    case 'file':
      return lookups.tasks();
    default:
      return [];
  }
}

function lastIfVariadic(all: readonly Argument[]): Argument | undefined {
  const last = all.at(-1);
  return last?.variadic === true ? last : undefined;
}
