import { basename, extname } from 'node:path';
import { Argument, type Command } from 'commander';
import { type Candidate, candidatesFor } from '../complete/candidates.ts';
import { SHELL_SCRIPTS, type Shell } from '../complete/scripts.ts';
import type { CliContext } from '../context.ts';
import { examples } from '../options.ts';
import { openState } from '../state/state.ts';

export function register(program: Command, context: CliContext): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>').choices(Object.keys(SHELL_SCRIPTS)))
    .description('print what a shell needs to complete commands, tasks and executions')
    .addHelpText('after', examples(['eval "$(troupe completion bash)"', 'in ~/.bashrc: in every shell']))
    .action((shell: Shell) => context.stdout.write(SHELL_SCRIPTS[shell]));
  program
    .command('complete-words', { hidden: true })
    .argument('[words...]', 'the command line up to the cursor, without troupe')
    .description('say what may follow, for the shell: a word and what it is, with a tab between')
    .action((words: readonly string[]) => complete(program, words, context));
}

async function complete(program: Command, words: readonly string[], context: CliContext): Promise<void> {
  const found = await candidatesFor(program, words, {
    executions: () => executions(context),
    tasks: () => tasks(context),
  });
  for (const { word, about } of found) context.stdout.line(about === '' ? word : `${word}\t${about}`);
}

async function executions(context: CliContext): Promise<readonly Candidate[]> {
  await using state = await openState(context, {});
  if (state === undefined) return [];
  await using history = await state.openHistory();
  const entries = await history.list({ limit: MAX_EXECUTIONS });
  return entries.map(({ id, task, status }) => ({ word: id, about: `${task}, ${status}` }));
}

const MAX_EXECUTIONS = 50;

async function tasks({ cwd }: CliContext): Promise<readonly Candidate[]> {
  // Reading tasks and agents takes parsers that most commands do without.
  const { allTaskFiles } = await import('../find-tasks.ts');
  const files = await allTaskFiles({ cwd });
  const names = new Set(files.map((file) => basename(file, extname(file))));
  return [...names].map((word) => ({ word, about: 'task' }));
}
