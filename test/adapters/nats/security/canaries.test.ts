import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Performance, Stage } from '../../../cli/stage.ts';
import { natsServerForFile } from '../../../fixtures/nats/server.ts';
import { NATS_CONF } from './users.ts';

/** Secrets that a run has to do with, and everything that it wrote. */

const PASSWORDS = {
  TROUPE_ORCHESTRATOR_PASSWORD: 'canary-of-the-orchestrator',
  TROUPE_AGENT_PASSWORD: 'canary-of-the-agent',
  TROUPE_VIEWER_PASSWORD: 'canary-of-the-viewer',
};
const WRONG_PASSWORD = 'canary-that-is-wrong';
/** The agent gets the first one and says it wherever it can; the second one is the host's alone. */
const AGENT_SECRET = 'canary-that-the-agent-knows';
const HOST_SECRET = 'canary-of-the-host';
const CANARIES = [...Object.values(PASSWORDS), WRONG_PASSWORD, AGENT_SECRET, HOST_SECRET];

const server = natsServerForFile({
  config: `${readFileSync(NATS_CONF, 'utf8')}\ndebug: true\ntrace: true\n`,
  env: PASSWORDS,
});

const urlAs = (user: string, password: string, address = `127.0.0.1:${server().port}`): string =>
  `nats://${user}:${password}@${address}`;

test('credentials and secrets are in nothing that is written, stored or said', async () => {
  const stage = new Stage();
  stage.write('agents/talkative.md', TALKATIVE);
  stage.task('talk', { One: ['agent: talkative - speak'] });
  const said: Performance[] = [];
  const troupe = (url: string, ...args: readonly string[]): Performance => {
    const env = {
      PATH: process.env.PATH,
      TROUPE_NATS_URL: url,
      TALKATIVE_SECRET: AGENT_SECRET,
      HOST_SECRET,
    };
    const performance = new Performance(['--log-level', 'debug', '--verbose', ...args], {
      cwd: stage.cwd,
      env,
    });
    said.push(performance);
    return performance;
  };
  const { TROUPE_ORCHESTRATOR_PASSWORD, TROUPE_AGENT_PASSWORD, TROUPE_VIEWER_PASSWORD } = PASSWORDS;
  const orchestrator = urlAs('orchestrator', TROUPE_ORCHESTRATOR_PASSWORD);
  const viewer = urlAs('viewer', TROUPE_VIEWER_PASSWORD);

  const up = troupe(orchestrator, 'up');
  await up.says(/Driving the executions in/);
  const host = troupe(urlAs('agent', TROUPE_AGENT_PASSWORD), 'agent', 'agents/talkative.md');
  await host.says(/ offers /);
  expect((await troupe(orchestrator, 'run', 'talk', '--id', 'x').ended).code).toBe(0);
  for (const command of [
    ['list'],
    ['show', 'x', '--logs'],
    ['events', 'x', '--json'],
    ['agents'],
    ['config'],
    ['doctor'],
  ]) {
    await troupe(viewer, ...command).ended;
  }
  // What is not permitted, not reachable, and not an address.
  expect((await troupe(urlAs('viewer', WRONG_PASSWORD), 'list').ended).stderr).toContain('refused');
  expect((await troupe(viewer, 'run', 'talk').ended).code).not.toBe(0);
  expect((await troupe(viewer, 'list', '--namespace', 'other').ended).code).not.toBe(0);
  expect((await troupe(urlAs('orchestrator', WRONG_PASSWORD, '127.0.0.1:1'), 'list').ended).code).not.toBe(0);
  expect((await troupe(`ftp://orchestrator:${WRONG_PASSWORD}@127.0.0.1`, 'list').ended).code).not.toBe(0);
  expect((await troupe(urlAs('orchestrator', WRONG_PASSWORD, 'a b'), 'list').ended).code).not.toBe(0);
  for (const background of [host, up]) {
    background.interrupt();
    await background.ended;
  }

  const words = (await Promise.all(said.map(({ ended }) => ended))).map(
    ({ stdout, stderr }) => stdout + stderr,
  );
  const shown = words.join('\n');
  expect(shown).toContain('[secret TALKATIVE_SECRET]');
  const files = [...filesIn(server().storeDir), ...filesIn(stage.cwd)].filter(
    (file) => !file.endsWith('talkative.md'),
  );
  expect(files.length).toBeGreaterThan(20);
  for (const canary of CANARIES) {
    const forms = [
      canary,
      Buffer.from(canary).toString('base64').replace(/=+$/, '').slice(0, -2),
      encodeURIComponent(canary),
    ];
    for (const form of forms) {
      expect.soft(shown, 'the commands').not.toContain(form);
      expect.soft(server().output, "the server's log").not.toContain(form);
      const telling = files.filter((file) => readFileSync(file).includes(form));
      expect.soft(telling, `files with ${form}`).toEqual([]);
    }
  }
});

/** Says what it knows as progress, on stderr and as its output; what it was not given it does not know. */
const TALKATIVE = `---
name: talkative
description: For tests.
troupe:
  command:
    - sh
    - -c
    - |
      echo "{\\"progress\\": \\"$TALKATIVE_SECRET $HOST_SECRET\\"}"
      echo "I know $TALKATIVE_SECRET $HOST_SECRET" >&2
      echo "{\\"output\\": {\\"said\\": \\"$TALKATIVE_SECRET $HOST_SECRET\\"}}"
  env: [TALKATIVE_SECRET]
---
`;

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
