import { describe, expect, test } from 'vitest';
import { Stage } from '../stage.ts';

const ASK = `# release

\`\`\`yaml
name: release
version: 1.0.0
\`\`\`

## Phase: Ask

### Steps
- approval: Ship it?
  \`\`\`yaml
  id: ship-it
  approvers: [alice, "group:release"]
  subject: {files: [notes.md]}
  \`\`\`

## Phase: Ship
dependsOn: [Ask]

### Steps
- agent: worker - ship
  \`\`\`yaml
  id: ship
  \`\`\`
`;

function staged(): Stage {
  const stage = new Stage();
  stage.write('tasks/release.md', ASK);
  stage.write('notes.md', 'what is new');
  stage.write('troupe.yaml', 'groups:\n  release: [bob]\n');
  return stage;
}

/** A run that waits for a person. */
async function asking(stage = staged()) {
  const run = stage.troupe('run', 'release', '--id', 'x');
  await run.says(/waiting for a person/);
  return { stage, run };
}

describe('troupe approvals', () => {
  test('lists what waits for whom, and what it is about', async () => {
    const { stage, run } = await asking();
    const listed = await stage.troupe('approvals').ended;
    expect(listed.code).toBe(0);
    expect(listed.stdout).toMatch(/^x {2}ship-it {2}asked /);
    expect(listed.stdout).toMatch(
      /Ship it\?[\s\S]*by alice, the group release[\s\S]*about sha256:[0-9a-f]{64}/,
    );
    expect(listed.stdout).toMatch(/notes\.md {2}11 bytes[\s\S]*troupe approve x ship-it/);
    const document = JSON.parse((await stage.troupe('approvals', '--json').ended).stdout);
    expect(document).toMatchObject({
      approvals: [
        {
          execution: 'x',
          task: 'release',
          phase: 'Ask',
          step: 'ship-it',
          question: 'Ship it?',
          approvers: ['alice', 'group:release'],
          people: ['alice', 'bob'],
          subject: { digest: expect.stringMatching(/^sha256:/) },
          since: expect.stringMatching(/Z$/),
        },
      ],
    });
    expect((await stage.troupe('approvals', '--mine', '--as', 'bob').ended).stdout).toMatch(/ship-it/);
    expect((await stage.troupe('approvals', '--mine', '--as', 'dave').ended).stdout).toBe(
      'Nothing waits for dave. 1 are asked of others.\n',
    );
    const list = await stage.troupe('list').ended;
    expect(list.stdout).toMatch(/waits for approval by alice or the group release: Ship it\?/);
    await stage.troupe('abort', 'x').ended;
    await run.ended;
    expect((await stage.troupe('approvals').ended).stdout).toBe('Nothing waits for a person.\n');
  });
});

describe('troupe approve and reject', () => {
  test('a grant goes on with the execution, and the output says whose it was', async () => {
    const { stage, run } = await asking();
    const approved = await stage.troupe('approve', 'x', '--as', 'bob', '--comment', 'good').ended;
    expect(approved).toMatchObject({ code: 0, stderr: '' });
    expect(approved.stdout).toMatch(/^Approved ship-it of x as bob\.\n/);
    const ran = await run.ended;
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/step ship-it: asks alice, group:release: Ship it\?/);
    expect(ran.stdout).toMatch(/step ship-it: approved by bob/);
    const shown = JSON.parse((await stage.troupe('show', 'x', '--json').ended).stdout);
    expect(shown.phases[0].steps[0]).toMatchObject({
      kind: 'approval',
      status: 'succeeded',
      output: { approved: true, by: 'bob', comment: 'good', voids: 0 },
    });
  });

  test('a rejection needs a reason, and fails the execution where the file says nothing else', async () => {
    const { stage, run } = await asking();
    expect(await stage.troupe('reject', 'x', '--as', 'bob').ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--comment/),
    });
    const rejected = await stage.troupe('reject', 'x', 'ship-it', '--as', 'bob', '--comment', 'too early')
      .ended;
    expect(rejected.stdout).toBe('Rejected ship-it of x as bob.\n');
    const ran = await run.ended;
    expect(ran.code).toBe(1);
    expect(ran.stdout).toMatch(/bob rejected it: Ship it\? \(too early\)/);
  });

  test('who may not decide is told who may, and nothing is recorded', async () => {
    const { stage } = await asking();
    const refused = await stage.troupe('approve', 'x', '--as', 'mallory').ended;
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/mallory may not decide ship-it: that is for alice, group:release\./),
    });
    expect(await stage.troupe('approve', 'x', 'other', '--as', 'bob').ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/The step other is no approval that waits.*What does: ship-it\./),
    });
    expect((await stage.troupe('events', 'x').ended).stdout).not.toMatch(/approval\.granted/);
    const delegated = await stage.troupe('approve', 'x', '--as', 'alice', '--delegate', 'mallory').ended;
    expect(delegated.stdout).toMatch(/^mallory may now decide ship-it of x, by the word of alice\.\n/);
    expect(await stage.troupe('approve', 'x', '--as', 'mallory', '--json').ended).toMatchObject({ code: 0 });
  });

  test('a file that changes after the question voids the grant; approved as it is then, it ships', async () => {
    const { stage, run } = await asking();
    stage.write('notes.md', 'something else');
    await stage.troupe('approve', 'x', '--as', 'alice').ended;
    await run.says(/the grant by alice is void: what was approved has changed/);
    const [pending] = JSON.parse((await stage.troupe('approvals', '--json').ended).stdout).approvals;
    expect(pending).toMatchObject({ voids: 1 });
    await stage.troupe('approve', 'x', '--as', 'alice').ended;
    expect(await run.ended).toMatchObject({ code: 0 });
  });

  test('an execution that nobody drives keeps its question and the answer to it', async () => {
    const stage = staged();
    stage.write('tasks/release.md', ASK.replace('  subject: {files: [notes.md]}\n', ''));
    expect(await stage.troupe('run', 'release', '--id', 'x', '--no-wait').ended).toMatchObject({ code: 0 });
    expect((await stage.troupe('approvals').ended).stdout).toMatch(/ship-it/);
    const approved = await stage.troupe('approve', 'x', '--as', 'alice').ended;
    expect(approved.stdout).toBe(
      'Approved ship-it of x as alice.\nNo living process drives x: troupe resume x goes on with it.\n',
    );
    expect(await stage.troupe('resume', 'x').ended).toMatchObject({ code: 0 });
    expect(stage.starts('ship')).toBe(1);
  });

  test('a group that the configuration does not have keeps the task from starting', async () => {
    const stage = staged();
    stage.write('troupe.yaml', 'user: alice\n');
    expect(await stage.troupe('run', 'release').ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/asks the group release, which the configuration does not have/),
    });
  });
});

describe('troupe complete', () => {
  test('finishes a step by hand while its agent works, and says so ever after', async () => {
    const stage = new Stage();
    stage.task('steps', { One: ['a'], Two: ['b'] });
    stage.hold('a');
    const run = stage.troupe('run', 'steps', '--id', 'x');
    await stage.untilBegun('a');
    expect(await stage.troupe('complete', 'x', 'b', '--output', '1', '--as', 'alice').ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /The step b of the execution x is not there to be completed\. At work are a\./,
      ),
    });
    expect(
      await stage.troupe('complete', 'x', 'a', '--output', '{oops', '--as', 'alice').ended,
    ).toMatchObject({
      code: 2,
    });
    const completed = await stage.troupe('complete', 'x', 'a', '--output', '{"by": "hand"}', '--as', 'alice')
      .ended;
    expect(completed).toMatchObject({ code: 0, stderr: '' });
    expect(await run.ended).toMatchObject({ code: 0 });
    const shown = JSON.parse((await stage.troupe('show', 'x', '--json').ended).stdout);
    expect(shown.phases[0].steps[0]).toMatchObject({ output: { by: 'hand' }, completedBy: 'alice' });
  });
});
