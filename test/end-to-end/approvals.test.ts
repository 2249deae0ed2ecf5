import { describe, expect, test } from 'vitest';
import { natsServerForFile } from '../fixtures/nats/server.ts';
import { Workspace } from './workspace.ts';

const PHASES = { One: ['a'], Ask: ['approval: Ship it?'], Two: ['b'] };

function workspace() {
  const space = new Workspace();
  space.task('release', PHASES);
  const text = `# release\n\n\`\`\`yaml\nname: release\nversion: 1.0.0\n\`\`\`\n
## Phase: One\n\n### Steps\n- agent: worker - a\n  \`\`\`yaml\n  id: a\n  \`\`\`\n
## Phase: Ask\ndependsOn: [One]\n\n### Steps\n- approval: Ship it?\n  \`\`\`yaml\n  id: ship-it\n  approvers: [alice]\n  subject: {files: [notes.md]}\n  \`\`\`\n
## Phase: Two\ndependsOn: [Ask]\n\n### Steps\n- agent: worker - b\n  \`\`\`yaml\n  id: b\n  \`\`\`\n`;
  space.write('tasks/release.md', text);
  space.write('notes.md', 'new');
  return space;
}

test('an approval outlives the process that asked, and the answer the one that nobody heard it in', async () => {
  const space = workspace();
  const run = space.troupe('run', 'release', '--id', 'x');
  await run.says(/waiting for a person/);
  await run.kill();
  const pending = JSON.parse((await space.troupe('approvals', '--json').ended).stdout);
  expect(pending.approvals).toMatchObject([{ execution: 'x', step: 'ship-it', people: ['alice'] }]);
  const approved = await space.troupe('approve', 'x', '--as', 'alice').ended;
  expect(approved.stdout).toMatch(/No living process drives x: troupe resume x goes on with it\./);
  const resumed = await space.troupe('resume', 'x').ended;
  expect(resumed).toMatchObject({ code: 0 });
  expect([space.starts('a'), space.starts('b')]).toEqual([1, 1]);
});

describe('on a server', () => {
  const server = natsServerForFile();

  test('a grant from another process counts though the orchestrator was killed before and after it', async () => {
    const space = workspace();
    const nats = ['--nats', server().url, '--namespace', 'end-to-end-approvals'];
    const up = space.troupe('up', ...nats);
    await up.says(/Driving/);
    await space.troupe('agent', 'agents/worker.md', ...nats).says(/offers worker/);
    const run = space.troupe('run', 'release', '--id', 'x', ...nats);
    await run.says(/step ship-it/);
    await up.kill();
    const pending = JSON.parse((await space.troupe('approvals', '--json', ...nats).ended).stdout);
    expect(pending.approvals).toMatchObject([{ execution: 'x', step: 'ship-it' }]);
    const approve = ['approve', 'x', 'ship-it', '--as', 'alice', ...nats];
    expect(await space.troupe(...approve).ended).toMatchObject({ code: 0 });
    // Decided already: the first word counts.
    expect(await space.troupe(...approve).ended).toMatchObject({ code: 2 });
    await space.troupe('up', ...nats).says(/Driving/);
    expect(await run.ended).toMatchObject({ code: 0 });
    expect([space.starts('a'), space.starts('b')]).toEqual([1, 1]);
  });
});
