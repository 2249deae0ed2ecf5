import { describe, expect, test } from 'vitest';
import { Stage } from '../stage.ts';

function staged(settings: string): Stage {
  const stage = new Stage();
  stage.write(
    'tasks/ship.md',
    `# Ship\n## Phase: Vote\n### Steps\n- consensus: ${settings.includes('scale') ? 'score' : 'majority'} - Ship it?\n\n  \`\`\`yaml\n  id: ship\n${settings
      .split('\n')
      .map((line) => `  ${line}`)
      .join('\n')}\n  \`\`\`\n`,
  );
  return stage;
}

describe('vote', () => {
  test('is asked for, taken once, and decides', async () => {
    const stage = staged('voters: ["person:alice", "person:bob"]');
    const run = stage.troupe('run', 'ship', '--id', 'x');
    await run.says(/waiting for the vote of alice, bob \(troupe vote x ship CHOICE\)/);
    const first = await stage.troupe('vote', 'x', 'ship', 'approve', '--as', 'alice', '--reason', 'tested')
      .ended;
    expect(first).toMatchObject({ code: 0, stdout: 'Voted as alice.\n' });
    const shown = await stage.troupe('show', 'x', '--json').ended;
    expect(JSON.parse(shown.stdout).phases[0].steps[0]).toMatchObject({
      kind: 'consensus',
      status: 'voting',
      waitsFor: 'the votes of person:bob (1 of 2 have voted)',
      poll: { round: 1, voted: ['person:alice'], missing: ['person:bob'] },
    });
    const listed = await stage.troupe('list', '--json').ended;
    expect(listed.stdout).toContain('the vote of bob');
    for (const [words, said] of [
      [['vote', 'x', 'ship', 'approve', '--as', 'alice'], /alice has voted in this round/],
      [['vote', 'x', 'ship', 'approve', '--as', 'mallory'], /mallory is no voter/],
      [
        ['vote', 'x', 'ship', 'perhaps', '--as', 'bob'],
        /'perhaps' is not one of the choices: approve, reject/,
      ],
      [['vote', 'x', 'shipp', 'approve', '--as', 'bob'], /no vote of that name is open[\s\S]*Open now: ship/],
      [['vote', 'x', 'ship'], /The vote is missing/],
      [['vote', 'x', 'ship', 'approve', '--abstain'], /The vote is given twice/],
      [
        ['vote', 'x', 'ship', 'approve', '--as', 'bob', '--subject', 'sha256:0'],
        /what is voted on has changed/,
      ],
    ] as const) {
      expect(await stage.troupe(...words).ended).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(said),
      });
    }
    const last = await stage.troupe('vote', 'x', 'ship', 'approve', '--as', 'bob', '--json').ended;
    expect(JSON.parse(last.stdout)).toMatchObject({ execution: 'x', accepted: true });
    expect(await run.ended).toMatchObject({ code: 0 });
    const events = await stage.troupe('events', 'x').ended;
    expect(events.stdout).toMatch(/ballot\.cast/);
  });

  test('may be a score, or no vote at all', async () => {
    const stage = staged(
      'voters: ["person:alice", "person:bob"]\nchoices: [red, blue]\nquorum: 1\nscale: {min: 0, max: 5}',
    );
    const run = stage.troupe('run', 'ship', '--id', 'x');
    await run.says(/waiting for the vote/);
    expect(await stage.troupe('vote', 'x', 'ship', '--as', 'alice', '--score', 'red=').ended).toMatchObject({
      code: 2,
    });
    await stage.troupe('vote', 'x', 'ship', '--as', 'alice', '--score', 'red=2,blue=4.5').ended;
    await stage.troupe('vote', 'x', 'ship', '--as', 'bob', '--abstain', '--reason', 'colour-blind').ended;
    await run.ended;
    const shown = await stage.troupe('show', 'x', '--json').ended;
    expect(JSON.parse(shown.stdout).outputs).toMatchObject({
      decision: 'blue',
      abstentions: [{ voter: 'person:bob', reason: 'colour-blind' }],
    });
  });
});
