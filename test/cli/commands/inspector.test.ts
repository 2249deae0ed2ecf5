import { expect, test } from 'vitest';
import { Stage } from '../stage.ts';

const LINK = /Inspector: (http:\/\/127\.0\.0\.1:\d+\/)#token=(\S+)/;

test('up serves the inspector, and drives at once what is started there', async () => {
  const stage = new Stage();
  stage.task('work', { First: ['one'] });
  const up = stage.troupe('up', '--ui-port', '0');
  await up.says(LINK);
  const [, url, token] = LINK.exec(up.output) ?? [];
  const started = await fetch(`${url}api/executions`, {
    method: 'POST',
    body: JSON.stringify({ task: 'work', id: 'e1' }),
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  });
  expect(await started.json()).toEqual({ execution: 'e1', isNew: true });
  await up.says(/e1 .*completed/);

  const taken = await stage.troupe('up', '--ui-port', new URL(url ?? '').port).ended;
  expect(taken).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/The port \d+ on 127\.0\.0\.1 is taken/),
  });
  up.interrupt();
  expect(await up.ended).toMatchObject({ code: 130 });
  await expect(fetch(url ?? '')).rejects.toThrow();
});

test('it is not served by up --no-ui, up --once, or where the settings say so', async () => {
  const stage = new Stage();
  const once = await stage.troupe('up', '--once').ended;
  expect(once.stdout).not.toContain('Inspector');
  for (const up of [stage.troupe('up', '--no-ui'), stage.troupeWith({ env: { TROUPE_UI: 'false' } }, 'up')]) {
    await up.says(/Driving/);
    up.interrupt();
    expect((await up.ended).stdout).not.toContain('Inspector');
  }
});

test('run --ui serves it as long as the run does', async () => {
  const stage = new Stage();
  stage.task('work', { First: ['one'] });
  stage.hold('one');
  const run = stage.troupe('run', 'work', '--id', 'e1', '--ui', '--ui-port', '0');
  await run.says(LINK);
  const [, url] = LINK.exec(run.output) ?? [];
  await stage.untilBegun('one');
  expect(await (await fetch(`${url}api/executions/e1`)).json()).toMatchObject({
    status: 'running',
    isDriven: true,
  });
  stage.letGo('one');
  expect(await run.ended).toMatchObject({ code: 0 });
  await expect(fetch(url ?? '')).rejects.toThrow();
  expect(await stage.troupe('run', 'work', '--ui', '--no-wait').ended).toMatchObject({ code: 2 });
});

test('the link is good again after a restart at the same port; a variable sets another token', async () => {
  const stage = new Stage();
  const first = stage.troupe('up', '--ui-port', '0');
  await first.says(LINK);
  const [, url = '', token] = LINK.exec(first.output) ?? [];
  first.interrupt();
  await first.ended;
  const { port } = new URL(url);
  const again = stage.troupe('up', '--ui-port', port);
  await again.says(LINK);
  expect(LINK.exec(again.output)?.slice(1)).toEqual([url, token]);
  again.interrupt();
  await again.ended;
  const own = stage.troupeWith({ env: { TROUPE_UI_TOKEN: 'chosen' } }, 'up', '--ui-port', port);
  await own.says(/#token=chosen$/m);
  own.interrupt();
  await own.ended;
});
