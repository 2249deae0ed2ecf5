import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chosenSetting, loadSettings, settingsOf } from '../../src/cli/config/load.ts';
import { DEFAULTS } from '../../src/cli/config/settings.ts';
import { writeSetting } from '../../src/cli/config/write.ts';
import { temporaryFolder } from '../contract/adapters.ts';

describe('settings', () => {
  test('are the defaults where nothing says otherwise', () => {
    const cwd = temporaryFolder();
    expect(settingsOf({ cwd, env: {} })).toEqual(DEFAULTS);
    expect(loadSettings({ cwd, env: {} }).every(({ from }) => from === 'default')).toBe(true);
  });

  test('the project, then this copy, then the environment goes before', () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'troupe.yaml'), 'data: one\nleaseMs: 1m\nlogLevel: info\n');
    mkdirSync(join(cwd, '.troupe'));
    writeFileSync(join(cwd, '.troupe/config.yaml'), 'leaseMs: 2000\nlogLevel: debug\n');
    const env = { TROUPE_LOG: 'silent', TROUPE_NATS_URL: 'nats://shared' };
    const found = loadSettings({ cwd, env }).map(({ name, value, from }) => [name, value, from]);
    expect(found).toEqual([
      ['data', 'one', 'troupe.yaml'],
      ['agents', [], 'default'],
      ['logLevel', 'silent', 'TROUPE_LOG'],
      ['leaseMs', 2000, join('.troupe', 'config.yaml')],
      ['cancelGraceMs', 2000, 'default'],
      ['nats', 'nats://shared', 'TROUPE_NATS_URL'],
      ['namespace', 'default', 'default'],
      ['natsCreds', '', 'default'],
      ['user', '', 'default'],
      ['groups', {}, 'default'],
      ['natsCa', '', 'default'],
      ['ui', true, 'default'],
      ['uiPort', 4680, 'default'],
      ['uiHost', '127.0.0.1', 'default'],
      ['uiAllowHosts', [], 'default'],
      ['graphql', false, 'default'],
      ['notify', [], 'default'],
    ]);
  });

  test('an empty variable is none, a list of folders is split as the PATH is', () => {
    const cwd = temporaryFolder();
    expect(
      settingsOf({ cwd, env: { TROUPE_DATA: '', TROUPE_AGENTS: ['a', 'b'].join(delimiter) } }),
    ).toMatchObject({
      data: '.troupe',
      agents: ['a', 'b'],
    });
  });

  test('an empty file sets nothing', () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'troupe.yaml'), '# nothing yet\n');
    expect(settingsOf({ cwd, env: {} })).toEqual(DEFAULTS);
  });

  test.each([
    ['daat: x', /'daat' is not known/, /'data'/],
    ['leaseMs: 5 parsecs', /leaseMs/, /heartbeat/],
    ['leaseMs: 10', /leaseMs/, /heartbeat/],
    ['logLevel: loud', /logLevel/, /what to log/],
    ['namespace: a.b', /namespace: must be 1 to 32/, /NATS/],
    ['- a list', /must be a map/, undefined],
    ['data: [', /troupe.yaml/, undefined],
  ])('the file %j is refused with its name and what to write', (content, message, hint) => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'troupe.yaml'), content);
    expect(() => settingsOf({ cwd, env: {} })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(message),
        hint: hint === undefined ? undefined : expect.stringMatching(hint),
      }),
    );
  });

  test('how the inspector is served, from the environment', () => {
    const env = {
      TROUPE_UI: 'false',
      TROUPE_UI_PORT: '8080',
      TROUPE_UI_ALLOW_HOSTS: 'box, troupe.example.com',
    };
    expect(settingsOf({ cwd: temporaryFolder(), env })).toMatchObject({
      ui: false,
      uiPort: 8080,
      uiAllowHosts: ['box', 'troupe.example.com'],
    });
    expect(() => settingsOf({ cwd: temporaryFolder(), env: { TROUPE_UI_PORT: '70000' } })).toThrow(
      /TROUPE_UI_PORT/,
    );
    expect(() => settingsOf({ cwd: temporaryFolder(), env: { TROUPE_UI: 'perhaps' } })).toThrow(/TROUPE_UI/);
  });

  test('a variable that does not fit is refused by its name', () => {
    const cwd = temporaryFolder();
    expect(() => settingsOf({ cwd, env: { TROUPE_LEASE_MS: 'soon' } })).toThrow(/TROUPE_LEASE_MS/);
  });
});

describe('writing a setting', () => {
  test('keeps comments and the other settings', () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'troupe.yaml'), '# ours\ndata: one # here\n');
    writeSetting(cwd, 'troupe.yaml', 'leaseMs', 5_000);
    expect(readFileSync(join(cwd, 'troupe.yaml'), 'utf8')).toBe('# ours\ndata: one # here\nleaseMs: 5000\n');
  });

  test('makes the file and its folder', () => {
    const cwd = temporaryFolder();
    writeSetting(cwd, join('.troupe', 'config.yaml'), 'agents', ['mine']);
    expect(settingsOf({ cwd, env: {} }).agents).toEqual(['mine']);
  });
});

test('what nobody has set is told apart from its default', () => {
  const cwd = temporaryFolder();
  expect(chosenSetting({ cwd, env: {} }, 'leaseMs')).toBeUndefined();
  expect(chosenSetting({ cwd, env: { TROUPE_LEASE_MS: '30000' } }, 'leaseMs')).toBe(30_000);
});
