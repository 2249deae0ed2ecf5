import { describe, expect, test } from 'vitest';
import { natsServerForFile } from '../fixtures/nats/server.ts';
import { Workspace } from './workspace.ts';

const VOTER = `
let text = '';
for await (const chunk of process.stdin) text += chunk;
const { agent, ballot } = JSON.parse(text);
const choice = agent === 'right' ? 'reject' : 'approve';
console.log(JSON.stringify({ output: { seen: ballot.question }, vote: { choice, reason: agent + ' has looked' } }));
`;

function withVoters(ballots: string): Workspace {
  const space = new Workspace();
  space.write('agents/voter.mjs', VOTER);
  for (const name of ['left', 'middle', 'right']) {
    space.write(
      `agents/${name}.md`,
      `---\nname: ${name}\ndescription: Votes.\ntroupe:\n  command: [node, ./voter.mjs]\n  liveness: {host: 2s}\n---\n`,
    );
  }
  space.write(
    'tasks/ship.md',
    `# Ship\n## Phase: Vote\n### Steps\n- consensus: majority - Ship it?\n\n  \`\`\`yaml\n  id: ship\n  voters: [left, middle, right, "person:alice"]\n  ballots: ${ballots}\n  \`\`\`\n`,
  );
  return space;
}

/** Asks until so many have voted. */
async function untilVoted(space: Workspace, count: number, ...nats: readonly string[]): Promise<string> {
  for (;;) {
    const { stdout } = await space.troupe('show', 'x', '--json', ...nats).ended;
    const { poll } = JSON.parse(stdout).phases[0].steps[0] as { poll?: { voted: string[] } };
    if (poll?.voted.length === count) return stdout;
  }
}

describe('a sealed vote of programs and a person', () => {
  const server = natsServerForFile();

  test('over NATS: a host that is killed before it was asked takes its vote along', {
    timeout: 60_000,
  }, async () => {
    const space = withVoters('sealed');
    const nats = ['--nats', server().url, '--namespace', 'votes'];
    await space.troupe('up', ...nats).says(/Driving/);
    const hosts = ['left', 'middle', 'right'].map((name) =>
      space.troupe('agent', `agents/${name}.md`, ...nats),
    );
    await Promise.all(hosts.map((host) => host.says(/offers/)));
    const run = space.troupe('run', 'ship', '--id', 'x', ...nats);
    await run.says(/waiting for the vote of alice/);
    const shown = await untilVoted(space, 3, ...nats);
    expect(shown).not.toContain('has looked');
    const events = await space.troupe('events', 'x', ...nats).ended;
    expect(events.stdout.match(/ballot\.sealed/g)).toHaveLength(3);
    hosts[2]?.send('SIGKILL');
    await hosts[2]?.ended;
    const voted = await space.troupe('vote', 'x', 'ship', 'approve', '--as', 'alice', ...nats).ended;
    expect(voted).toMatchObject({ code: 0, stdout: 'Voted as alice.\n' });
    expect(await run.ended).toMatchObject({ code: 0 });
    const { stdout } = await space.troupe('show', 'x', '--json', ...nats).ended;
    expect(JSON.parse(stdout).outputs).toMatchObject({
      decision: 'approve',
      tally: { approve: 3, reject: 0 },
      abstentions: [{ voter: 'right', reason: 'The sealed vote was not opened.' }],
      reasons: [{ voter: 'left' }, { voter: 'middle' }],
    });
  });

  test('in one process: the votes are opened when the person has voted', { timeout: 60_000 }, async () => {
    const space = withVoters('sealed');
    const run = space.troupe('run', 'ship', '--id', 'x');
    await run.says(/waiting for the vote of alice/);
    await untilVoted(space, 3);
    await space.troupe('vote', 'x', 'ship', 'reject', '--as', 'alice').ended;
    expect(await run.ended).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/tie between 'approve' and 'reject'/),
    });
  });
});
