import { Argument, Command, Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { candidatesFor } from '../../src/cli/complete/candidates.ts';

describe('what may follow on a command line', () => {
  test.each([
    [[''], ['run', 'show', 'config', 'completion', 'help']],
    [['sh'], ['show']],
    [['hidden'], []],
    [
      ['run', ''],
      ['review', 'publish'],
    ],
    [['run', 'rev'], ['review']],
    [
      ['run', '-i', 'a=b', ''],
      ['review', 'publish'],
    ],
    [['run', 'review', ''], []],
    [
      ['show', ''],
      ['e1', 'e2'],
    ],
    [
      ['s', 'e'],
      ['e1', 'e2'],
    ],
    [
      ['show', '--st'],
      ['--status', '--step'],
    ],
    [
      ['show', '--status', ''],
      ['completed', 'failed'],
    ],
    [
      ['show', '--status', 'failed', ''],
      ['e1', 'e2'],
    ],
    [
      ['config', ''],
      ['get', 'help'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh'],
    ],
    [['many', 'x', 'y', 'pub'], ['publish']],
    [[], ['run', 'show', 'config', 'completion', 'help']],
  ])('after %j come %j', async (words, expected) => {
    const found = await candidatesFor(program(), words, lookups);
    const offered = found.map(({ word }) => word);
    expect(offered.filter((word) => word !== 'many')).toEqual(expected);
  });

  test('each says what it is', async () => {
    const [run] = await candidatesFor(program(), ['ru'], lookups);
    expect(run).toEqual({ word: 'run', about: 'run a task' });
  });
});

const named =
  (...words: string[]) =>
  async () =>
    words.map((word) => ({ word, about: '' }));
const lookups = { executions: named('e1', 'e2'), tasks: named('review', 'publish') };

function program(): Command {
  const root = new Command('troupe');
  root.command('run').argument('[file]').description('run a task').option('-i, --input <field=value>');
  root
    .command('show')
    .alias('s')
    .argument('<execution>')
    .addOption(new Option('--status <status>').choices(['completed', 'failed']))
    .option('--step <id>')
    .option('--json');
  root.command('config').command('get').argument('<name>');
  root.command('completion').addArgument(new Argument('<shell>').choices(['bash', 'zsh']));
  root.command('many').argument('<file...>');
  root.command('hidden', { hidden: true });
  return root;
}
