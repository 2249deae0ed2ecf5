import { delimiter } from 'node:path';
import type { Command } from 'commander';
import { configInvalid, usageInvalid } from '../../errors.ts';
import {
  isSettingName,
  LOCAL_FILE,
  loadSettings,
  PROJECT_FILE,
  type Setting,
  suggestionFor,
} from '../config/load.ts';
import { groupsText, parseSetting, SETTINGS, type SettingName, type Settings } from '../config/settings.ts';
import { writeSetting } from '../config/write.ts';
import type { CliContext } from '../context.ts';
import { printJson } from '../context.ts';
import { shownUrl } from '../nats/target.ts';
import { examples, jsonOption } from '../options.ts';
import { pageOf } from '../views/report-page.ts';
import { tableLines } from '../views/report-table.ts';

export function register(program: Command, context: CliContext): void {
  const config = program
    .command('config')
    .description('show the settings that hold here, and where each comes from')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        ['troupe config', 'every setting'],
        ['troupe config get data', 'one, for a script'],
        ['troupe config set leaseMs 1m', 'for the project, in troupe.yaml'],
        ['troupe config set --local logLevel debug', 'for this copy, in .troupe/config.yaml'],
      ),
    )
    .action((options: { json?: boolean }) => showAll(options, context));
  config
    .command('get')
    .argument('<name>')
    .description('print one setting')
    .action((name: string) => get(name, context));
  config
    .command('set')
    .argument('<name>')
    .argument('<value>')
    .description('write one setting to troupe.yaml')
    .option('--local', 'write it to .troupe/config.yaml instead, which is not shared')
    .action((name: string, value: string, options: { local?: boolean }) =>
      set(name, value, options, context),
    );
}

function showAll({ json }: { readonly json?: boolean }, context: CliContext): void {
  const settings = loadSettings(context).map(withoutSecrets);
  if (json === true) {
    printJson(context, Object.fromEntries(settings.map(({ name, value, from }) => [name, { value, from }])));
    return;
  }
  const { stdout } = context;
  const page = pageOf(stdout, context.clock.now());
  const rows = settings.map(({ name, value, from }) => [
    [name] as const,
    [textOf(value) || '(none)'] as const,
    [from, from === 'default' ? 'dim' : 'cyan'] as const,
    [SETTINGS[name].about, 'dim'] as const,
  ]);
  const columns = [
    { head: 'setting' },
    { head: 'value', least: 10 },
    { head: 'from' },
    { head: 'what it is', least: 0 },
  ];
  for (const line of tableLines(columns, rows, page)) stdout.line(line);
}

/** A URL may carry a password; `get` is for scripts, which need it. */
function withoutSecrets(setting: Setting): Setting {
  return setting.name === 'nats' ? { ...setting, value: shownUrl(String(setting.value)) } : setting;
}

function get(name: string, context: CliContext): void {
  const found = loadSettings(context).find((setting) => setting.name === named(name));
  context.stdout.line(textOf(found?.value ?? ''));
}

function set(name: string, text: string, { local }: { readonly local?: boolean }, context: CliContext): void {
  const setting = named(name);
  const parsed = parseSetting(setting, text, delimiter);
  if ('problem' in parsed) throw configInvalid(setting, parsed.problem, SETTINGS[setting].about);
  const file = local === true ? LOCAL_FILE : PROJECT_FILE;
  writeSetting(context.cwd, file, setting, parsed.value);
  context.stderr.line(`Wrote ${setting} to ${file}.`);
  const holding = loadSettings(context).find((one) => one.name === setting);
  if (holding !== undefined && holding.from !== file) {
    context.stderr.line(`Note: ${holding.from} sets it too, and goes before.`);
  }
}

function named(name: string): SettingName {
  if (!isSettingName(name)) throw usageInvalid(`There is no setting '${name}'.`, suggestionFor(name));
  return name;
}

/** As it could stand in the environment. */
function textOf(value: Setting['value'] | ''): string {
  if (typeof value !== 'object') return String(value);
  if (!Array.isArray(value)) return groupsText(value as Settings['groups']);
  return value.every((one) => typeof one === 'string') ? value.join(delimiter) : JSON.stringify(value);
}
