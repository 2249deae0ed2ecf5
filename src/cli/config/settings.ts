import { z } from 'zod';
import { targetSchema } from '../../notify/targets.ts';
import { parseDuration } from '../../task/duration.ts';
import { LOG_LEVELS } from '../logging.ts';

/** What can be set for a project or a machine, besides the options of each command. */
export const settingsSchema = z.strictObject({
  /** Folder of the state. Relative to the working directory. */
  data: z.string().min(1),
  /** Folders to look for agents in before the others. */
  agents: z.array(z.string().min(1)),
  logLevel: z.enum(LOG_LEVELS),
  /** How long a claim holds without a heartbeat, in ms. */
  leaseMs: z.int().min(1_000),
  /** From asking an attempt to end to making it end, in ms. */
  cancelGraceMs: z.int().min(0),
  /** URL of the server to work through, or `auto`; `none`: the data folder. */
  nats: z.string().min(1),
  /** On the server: what is in one never sees what is in another. */
  namespace: z.string().regex(/^[A-Za-z0-9_-]{1,32}$/, 'must be 1 to 32 letters, digits, "_" and "-"'),
  /** Path of a `.creds` file; empty: none. */
  natsCreds: z.string(),
  /** Path of the certificates that the server's is checked with; empty: those of the system. */
  natsCa: z.string(),
  /** Whether `troupe up` serves the inspector. */
  ui: z.boolean(),
  /** Port of the inspector; 0: any that is free. */
  uiPort: z.int().min(0).max(65_535),
  /** Address to serve it on. */
  uiHost: z.string().min(1).max(256),
  /** Names besides those of the loopback under which browsers may ask for it. */
  uiAllowHosts: z.array(z.string().min(1).max(256)),
  /** Whether the inspector's server answers GraphQL. */
  graphql: z.boolean(),
  /** Who is told of failures, approvals and deviations. */
  notify: z.array(targetSchema),
  /** In whose name commands speak; empty: who is logged in. */
  user: z.string().max(128),
  /** Who is in the groups that approvals name as `group:NAME`. */
  groups: z.record(
    z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'names are 1 to 64 letters, digits, "_" and "-"'),
    z.array(z.string().min(1).max(128)),
  ),
});

export type Settings = z.infer<typeof settingsSchema>;
export type SettingName = keyof Settings;

export const DEFAULTS: Settings = {
  data: '.troupe',
  agents: [],
  logLevel: 'warn',
  leaseMs: 30_000,
  cancelGraceMs: 2_000,
  nats: 'none',
  namespace: 'default',
  natsCreds: '',
  natsCa: '',
  ui: true,
  uiPort: 4680,
  uiHost: '127.0.0.1',
  uiAllowHosts: [],
  graphql: false,
  notify: [],
  user: '',
  groups: {},
};

export const SETTINGS: {
  readonly [name in SettingName]: { readonly variable: string; readonly about: string };
} = {
  data: { variable: 'TROUPE_DATA', about: 'folder of the state' },
  agents: { variable: 'TROUPE_AGENTS', about: 'folders to look for agents in first' },
  logLevel: { variable: 'TROUPE_LOG', about: `what to log: ${LOG_LEVELS.join(', ')}` },
  leaseMs: {
    variable: 'TROUPE_LEASE_MS',
    about: 'how long a claim holds without a heartbeat (on NATS 10 s unless set)',
  },
  cancelGraceMs: {
    variable: 'TROUPE_CANCEL_GRACE_MS',
    about: 'from asking an attempt to end to making it end',
  },
  nats: { variable: 'TROUPE_NATS_URL', about: 'NATS server to work through: a URL, auto, or none' },
  namespace: { variable: 'TROUPE_NAMESPACE', about: 'namespace on the NATS server' },
  natsCreds: { variable: 'TROUPE_NATS_CREDS', about: 'file with credentials for the NATS server' },
  user: { variable: 'TROUPE_USER', about: 'in whose name commands speak (default: who is logged in)' },
  groups: {
    variable: 'TROUPE_GROUPS',
    about: 'who is in the groups of approvals, as release=alice,bob;ops=carol',
  },
  natsCa: { variable: 'TROUPE_NATS_CA', about: 'file with the certificates that sign the NATS server’s' },
  ui: { variable: 'TROUPE_UI', about: 'whether troupe up serves the inspector: true or false' },
  uiPort: { variable: 'TROUPE_UI_PORT', about: 'port of the inspector' },
  uiHost: { variable: 'TROUPE_UI_HOST', about: 'address to serve the inspector on' },
  uiAllowHosts: {
    variable: 'TROUPE_UI_ALLOW_HOSTS',
    about: 'names besides localhost under which browsers may ask for the inspector, with commas',
  },
  graphql: {
    variable: 'TROUPE_GRAPHQL',
    about: 'whether /graphql is served beside the inspector: true or false',
  },
  notify: {
    variable: 'TROUPE_NOTIFY',
    about:
      'who is told of failures, approvals and deviations: a list of {webhook: URL} or {command: [PROGRAM, …]}, each with on: [failure, …]',
  },
};

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/**
 * A setting as text on the command line or in the environment: lists with the separator of paths between, times as a number of ms or a
 * duration. Returns what is wrong with it, in words.
 */
export function parseSetting<Name extends SettingName>(
  name: Name,
  text: string,
  separator: string,
): { readonly value: Settings[Name] } | { readonly problem: string } {
  return checkSetting(name, fromText(name, text, separator));
}

/** The same for a value from a file. */
export function checkSetting<Name extends SettingName>(
  name: Name,
  value: unknown,
): { readonly value: Settings[Name] } | { readonly problem: string } {
  const parsed = settingsSchema.shape[name].safeParse(isTime(name) ? toMs(value) : value);
  if (!parsed.success) return { problem: parsed.error.issues[0]?.message ?? 'is not valid' };
  // The schema is the one of this name.
  return { value: parsed.data as Settings[Name] };
}

function fromText(name: SettingName, text: string, separator: string): unknown {
  if (name === 'agents') return text.split(separator).filter((part) => part !== '');
  if (name === 'uiAllowHosts')
    return text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  if (name === 'uiPort' && /^\d+$/.test(text)) return Number(text);
  if (name === 'ui' || name === 'graphql') return BOOLEANS[text.toLowerCase()] ?? text;
  if (name === 'notify') return fromJson(text);
  if (name === 'groups') return groupsIn(text);
  return text;
}

const BOOLEANS: { readonly [text: string]: boolean } = { true: true, '1': true, false: false, '0': false };

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // refused by the schema
  }
}

/** `release=alice,bob;ops=carol`; a text that is none is left for the schema to refuse. */
function groupsIn(text: string): unknown {
  const groups: [string, string[]][] = [];
  for (const part of text.split(';').filter((one) => one.trim() !== '')) {
    const [, name, members] = /^\s*([^=\s]+)\s*=(.*)$/.exec(part) ?? [];
    if (name === undefined || members === undefined) return text;
    groups.push([
      name,
      members
        .split(',')
        .map((member) => member.trim())
        .filter((member) => member !== ''),
    ]);
  }
  return Object.fromEntries(groups);
}

/** The way back. */
export function groupsText(groups: Settings['groups']): string {
  return Object.entries(groups)
    .map(([name, members]) => `${name}=${members.join(',')}`)
    .join(';');
}

function isTime(name: SettingName): boolean {
  return name === 'leaseMs' || name === 'cancelGraceMs';
}

function toMs(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (/^\d+$/.test(value)) return Number(value);
  try {
    return parseDuration(value);
  } catch {
    return value;
  }
}
