import { relative } from 'node:path';
import type { Command } from 'commander';
import { type CliContext, pathOf } from '../context.ts';
import { examples } from '../options.ts';
import { FIRST_COMMAND, STARTER_FILES } from '../starter/files.ts';
import { writeStarter } from '../starter/write.ts';

export function register(program: Command, context: CliContext): void {
  program
    .command('init')
    .argument('[dir]', 'where; made when it is missing', '.')
    .description('write a small task with two agents, ready to run')
    .addHelpText('after', examples(['troupe init', 'here'], ['troupe init my-tasks', 'in a new folder']))
    .action((dir: string) => init(dir, context));
}

function init(dir: string, context: CliContext): void {
  const target = pathOf(context, dir);
  const written = writeStarter(target, STARTER_FILES);
  const { stdout } = context;
  const place = relative(context.cwd, target);
  for (const path of written)
    stdout.line(`${stdout.style.green('✓')} ${place === '' ? path : `${place}/${path}`}`);
  stdout.line();
  stdout.line('Run it:');
  if (place !== '') stdout.line(`  cd ${place}`);
  stdout.line(`  ${FIRST_COMMAND}`);
}
