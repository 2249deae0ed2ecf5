import { expect, test } from 'vitest';
import { Workspace } from './workspace.ts';

test('a step whose agent runs nothing here is said to wait for a host, and waits until it is aborted', async () => {
  const space = new Workspace();
  space.write('agents/remote.md', '---\nname: remote\n---\nYou work on another machine.\n');
  space.write('tasks/far.md', '# Far\n\n## Phase: One\n\n### Steps\n- agent: remote - Do it\n');
  const run = space.troupe('run', 'far', '--id', 'x');
  await run.says(
    /step do-it: waiting for a host that offers remote: its file names no command and no module/,
  );
  expect(await space.troupe('abort', 'x').ended).toMatchObject({ code: 0 });
  expect(await run.ended).toMatchObject({ code: 3 });
});
