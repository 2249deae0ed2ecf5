import { execa } from 'execa';
import { expect, test } from 'vitest';
import { EventReader, Place } from './place.ts';

async function untilAsked(place: Place): Promise<void> {
  const feed = new EventReader(await place.ask('/api/feed'));
  await feed.until(({ event, data }) => event === 'approvals' && data.count === 1);
  await feed.close();
}

test('files beside what was committed before the execution began; binary and new ones are told as such', async () => {
  const place = await Place.open();
  const { stage } = place;
  const git = (...args: string[]) =>
    execa('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
      cwd: stage.cwd,
      env: { GIT_COMMITTER_DATE: '2020-01-01T00:00:00Z' },
    });
  stage.write('handbook.md', 'one\ntwo\n');
  stage.write('logo.bin', 'a\0b');
  await git('init', '-q');
  await git('add', 'handbook.md', 'logo.bin');
  await git('commit', '-qm', 'x');
  stage.write('handbook.md', 'one\n<b>2</b>\n');
  stage.write('new.md', 'new\n');
  const ask =
    'approval: Publish it?\n  ```yaml\n  id: publish\n  subject: { files: [handbook.md, logo.bin, new.md] }\n  ```';
  stage.task('work', { Ask: [ask] });
  await place.start('work', 'e1');
  await untilAsked(place);
  const diff = await place.json<{ of: string; files: Record<string, unknown>[] }>(
    '/api/executions/e1/approvals/publish/diff',
  );
  expect(diff.of).toMatch(/^sha256:/);
  expect(diff.files).toMatchObject([
    { path: 'handbook.md', before: 'one\ntwo\n', after: 'one\n<b>2</b>\n', isBinary: false },
    { path: 'logo.bin', before: null, after: null, isBinary: true },
    { path: 'new.md', before: null, after: 'new\n', beforeDigest: null, isBinary: false },
  ]);
  const { approvals } = await place.json<{ approvals: { subject: { digest: string } }[] }>('/api/approvals');
  expect(approvals[0]?.subject.digest).toBe(diff.of);
});
