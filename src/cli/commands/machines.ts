import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { MACHINES } from '../../../machines/by-name.ts';
import { usageInvalid } from '../../errors.ts';
import { machineConfig } from '../../stately/machine-config.ts';
import { type CliContext, pathOf, printJson } from '../context.ts';
import { examples, jsonOption } from '../options.ts';

interface MachinesOptions {
  readonly json?: boolean;
  readonly out?: string;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('machines')
    .argument('[name]', 'only this one')
    .description('the statecharts that executions are made of, as XState configurations')
    .option('--out <dir>', 'write each to DIR/NAME.json')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        ['troupe machines', 'their names and states'],
        ['troupe machines agent --json', 'for Stately Studio, or createMachine of XState'],
        ['troupe machines --out charts', 'all of them, a file each'],
      ),
    )
    .action((name: string | undefined, options: MachinesOptions) => machines(context, name, options));
}

async function machines(
  context: CliContext,
  name: string | undefined,
  { json, out }: MachinesOptions,
): Promise<void> {
  const names = Object.keys(MACHINES);
  if (name !== undefined && !names.includes(name))
    throw usageInvalid(`There is no machine ${name}.`, `There are ${names.join(', ')}.`);
  const chosen = Object.entries(MACHINES).filter(([each]) => name === undefined || each === name);
  const configs = chosen.map(([each, machine]) => [each, machineConfig(machine)] as const);
  const { stdout, stderr } = context;
  if (out !== undefined) {
    const dir = pathOf(context, out);
    await mkdir(dir, { recursive: true });
    for (const [each, config] of configs)
      await writeFile(join(dir, `${each}.json`), `${JSON.stringify(config, null, 2)}\n`);
    stderr.line(
      `Wrote ${configs.length === 1 ? `${configs[0]?.[0]}.json` : `${configs.length} files`} to ${out}.`,
    );
  }
  const [only] = configs;
  if (json === true) printJson(context, name === undefined ? Object.fromEntries(configs) : only?.[1]);
  else if (out === undefined) {
    for (const [each, machine] of chosen) stdout.line(`${each}: ${Object.keys(machine.states).join(', ')}`);
  }
}
