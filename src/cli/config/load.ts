import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { configInvalid } from '../../errors.ts';
import { nearest } from '../../task/nearest.ts';
import { parseYamlDocument } from '../yaml-document.ts';
import {
  checkSetting,
  DEFAULTS,
  parseSetting,
  SETTING_NAMES,
  SETTINGS,
  type SettingName,
  type Settings,
} from './settings.ts';

/** Of the project, to be kept with its files. */
export const PROJECT_FILE = 'troupe.yaml';
/** Of this copy on this machine; it wins over the project's. */
export const LOCAL_FILE = join('.troupe', 'config.yaml');

export interface Setting<Name extends SettingName = SettingName> {
  readonly name: Name;
  readonly value: Settings[Name];
  /** `default`, the file, or the variable that it comes from. */
  readonly from: string;
}

interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The settings that hold in a working directory: defaults, then `troupe.yaml`, then `.troupe/config.yaml`, then the environment.
 * Options of a command go before all of them.
 *
 * Throws CONFIG_INVALID.
 */
export function loadSettings({ cwd, env }: Surroundings): readonly Setting[] {
  const files = [PROJECT_FILE, LOCAL_FILE].map(
    (file) => [file, readSettingsFile(join(cwd, file), file)] as const,
  );
  return SETTING_NAMES.map((name): Setting => {
    const text = env[SETTINGS[name].variable];
    if (text !== undefined && text !== '') return fromEnvironment(name, text);
    for (const [from, values] of files.toReversed()) {
      const value = values[name];
      if (value !== undefined) return { name, value, from };
    }
    return { name, value: DEFAULTS[name], from: 'default' };
  });
}

/** The values alone. Throws CONFIG_INVALID. */
export function settingsOf(surroundings: Surroundings): Settings {
  const entries = loadSettings(surroundings).map(({ name, value }) => [name, value]);
  // There is one of each name.
  return Object.fromEntries(entries) as Settings;
}

/** A setting that somebody has set; undefined where its default holds, which may not be the same for all commands. */
export function chosenSetting<Name extends SettingName>(
  surroundings: Surroundings,
  name: Name,
): Settings[Name] | undefined {
  const found = loadSettings(surroundings).find((setting) => setting.name === name);
  return found === undefined || found.from === 'default' ? undefined : (found.value as Settings[Name]);
}

/** What a file sets; empty when there is none. Throws CONFIG_INVALID. */
function readSettingsFile(path: string, file: string): Partial<Settings> {
  return existsSync(path) ? parseSettings(readFileSync(path, 'utf8'), file) : {};
}

/** @param file named in what is thrown. Throws CONFIG_INVALID. */
export function parseSettings(text: string, file: string): Partial<Settings> {
  const content = parseYaml(text, file);
  const found: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(content)) {
    if (!isSettingName(key)) throw configInvalid(file, `'${key}' is not known`, suggestionFor(key));
    const checked = checkSetting(key, value);
    if ('problem' in checked) throw configInvalid(file, `${key}: ${checked.problem}`, SETTINGS[key].about);
    found[key] = checked.value;
  }
  return found as Partial<Settings>;
}

function parseYaml(text: string, file: string): object {
  let content: unknown;
  try {
    content = parseYamlDocument(text);
  } catch (error) {
    throw configInvalid(file, error instanceof Error ? error.message : String(error));
  }
  if (content === null) return {};
  if (typeof content !== 'object' || Array.isArray(content))
    throw configInvalid(file, 'it must be a map of keys');
  return content as object;
}

function fromEnvironment(name: SettingName, text: string): Setting {
  const { variable, about } = SETTINGS[name];
  const parsed = parseSetting(name, text, delimiter);
  if ('problem' in parsed) throw configInvalid(variable, parsed.problem, about);
  return { name, value: parsed.value, from: variable };
}

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

export function suggestionFor(name: string): string {
  const meant = nearest(name, SETTING_NAMES);
  return meant === undefined ? `Known are ${SETTING_NAMES.join(', ')}.` : `Did you mean '${meant}'?`;
}
