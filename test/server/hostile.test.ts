import { expect, test } from 'vitest';
import type { Json } from '../../src/json.ts';
import { prepareTask } from '../../src/library/prepare-task.ts';
import { EventReader, Place, TOKEN } from './place.ts';

const SCRIPT =
  '</script><script>alert(1)</script><img src=x onerror=alert(2)>\u2028\r\n\r\nevent: record\r\ndata: {}';

/** What an agent may fill with whatever it likes. */
function records(artifact: Json): readonly { readonly type: string; readonly data: Json }[] {
  const report = {
    step: 'one',
    attempt: 1,
    fence: 1,
    token: SCRIPT,
    host: SCRIPT.slice(0, 100),
    logs: artifact,
  };
  return [
    { type: 'step.succeeded', data: { ...report, output: { [SCRIPT]: SCRIPT }, artifacts: [artifact] } },
    { type: 'step.failed', data: { ...report, error: { kind: 'bug', message: SCRIPT } } },
    { type: 'step.asked', data: { ...report, approval: { question: SCRIPT } } },
    { type: 'signal.sent', data: { name: SCRIPT, payload: SCRIPT } },
    { type: 'ballot.cast', data: { step: 'vote', by: SCRIPT, vote: { choice: 'x', reason: SCRIPT } } },
  ];
}

test('script in whatever an agent can fill stays data', async () => {
  const place = await Place.open();
  const { stage, embedded } = place;
  stage.task('work', { First: ['one'] });
  stage.hold('one');
  await place.start('work', 'e1');
  const { artifacts, log } = embedded.store;
  const html = new TextEncoder().encode(`<!doctype html>${SCRIPT}`);
  const ref = (await artifacts.put(html, {
    mediaType: 'text/html',
    name: `${SCRIPT}.html`,
  })) as unknown as Json;
  for (const { type, data } of records(ref)) {
    await log.append({ id: `r-${type}`, execution: 'e1', source: 'agent.worker', type, data });
  }

  // As JSON it is never taken for a page.
  const paths = ['', '/source', '/records', '/provenance'].map((path) => `/api/executions/e1${path}`);
  for (const path of [...paths, '/api/executions', '/api/approvals', '/api/agents']) {
    const answer = await place.ask(path);
    expect(answer.headers.get('content-type'), path).toBe('application/json');
    expect(answer.headers.get('x-content-type-options'), path).toBe('nosniff');
    expect(JSON.parse(await answer.text())).toBeTypeOf('object');
  }

  // An event is one event, whatever line ends are in it.
  const reader = new EventReader(await place.ask('/api/executions/e1/live'));
  const last = await reader.until(({ data }) => data?.type === 'ballot.cast');
  expect(last.data.data.vote.reason).toBe(SCRIPT);
  await reader.close();

  // What an agent says is a page is text, or bytes.
  const { $artifact } = ref as { $artifact: string };
  const path = `/api/executions/e1/artifacts/${$artifact}`;
  for (const [query, disposition] of [
    ['', /^attachment; /],
    ['?inline=1', /^inline$/],
    [
      `?name=${encodeURIComponent(`../${SCRIPT}".html`)}`,
      /^attachment; filename="[\w.-]+"; filename\*=UTF-8''[\w%.~!*-]+$/,
    ],
  ] as const) {
    const answer = await place.ask(path + query);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    expect(answer.headers.get('content-disposition')).toMatch(disposition);
    expect(await answer.text()).toContain(SCRIPT);
  }
  const bytes = await artifacts.put(Uint8Array.from([0, 60, 115]), { mediaType: 'text/html' });
  const answer = await place.ask(`/api/executions/e1/artifacts/${bytes.$artifact}?inline=1`);
  expect(answer.headers.get('content-type')).toBe('application/octet-stream');
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment/);

  stage.letGo('one');
  await place.ended('e1');
});

test('every answer, good or bad, forbids script and frames, and holds no token', async () => {
  const place = await Place.open();
  place.stage.task('work', { First: ['one'] });
  await place.start('work', 'e1');
  await place.ended('e1');
  const asked: readonly Promise<Response>[] = [
    ...[
      '/',
      '/index.html',
      '/executions/e1',
      '/nothing.js',
      '/health',
      '/ready',
      '/openapi.json',
      '/api/meta',
    ].map((path) => place.ask(path)),
    ...['', '/source', '/records', '/provenance', '/export?format=log', '/export?format=markdown'].map(
      (path) => place.ask(`/api/executions/e1${path}`),
    ),
    place.ask('/', { headers: { host: 'attacker.example:4680' } }),
    place.ask('/api/meta', { headers: { origin: 'http://attacker.example' } }),
    place.ask('/api/meta', { headers: { 'sec-fetch-site': 'cross-site' } }),
    place.ask('/api/executions', { method: 'POST' }),
    place.ask('/api/executions', { method: 'OPTIONS' }),
    place.ask('/api/executions/nobody'),
    place.post('/api/executions/e1/controls', { kind: 'pause' }),
  ];
  for (const answer of await Promise.all(asked)) {
    const { headers } = answer;
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('access-control-allow-origin')).toBeNull();
    const text = await answer.text();
    expect(text).not.toContain(TOKEN);
  }
});

test('what fails unexpectedly is told to the operator, not to the caller', async () => {
  const place = await Place.open();
  Object.assign(place.access, {
    ready: () => Promise.reject(new Error('postgres://user:secret@host is down')),
  });
  const answer = await place.ask('/ready');
  expect(answer.status).toBe(500);
  const text = await answer.text();
  expect(text).not.toContain('secret');
  expect(text).not.toContain('hostile.test.ts');
  expect(JSON.parse(text)).toMatchObject({ code: 'UNEXPECTED', status: 500 });
  expect(place.complaints).toHaveLength(1);
});

test('no file beside the page is served', async () => {
  const place = await Place.open(new URL('../../src/server', import.meta.url).pathname);
  for (const path of [
    '/app.ts',
    '/../../package.json',
    '/..%2f..%2fpackage.json',
    '/assets/../../package.json',
    '/.git/config',
    '/%2e%2e/package.json',
    '//etc/passwd',
    '/assets/..%2f..%2fpackage.json',
    '/package.json%00.js',
  ])
    expect(await (await place.ask(path)).text(), path).not.toMatch(/"dependencies"|createApp|\[core\]|root:/);
});

test("values of agents' variables are in no answer", async () => {
  const place = await Place.open();
  const { stage, embedded } = place;
  stage.write(
    'agents/keeper.md',
    '---\nname: keeper\ndescription: x\ntroupe:\n  module: ./worker.mjs\n  env: [API_KEY]\n---\n',
  );
  stage.task('work', { First: ['agent: keeper - Keep it'] });
  process.env.API_KEY = 'sk-very-secret';
  try {
    const { pinned } = await prepareTask('work', { cwd: stage.cwd });
    await embedded.engine.begin({ execution: 'e1', pinned, input: {} });
    await place.ended('e1');
    const source = await (await place.ask('/api/executions/e1/source')).text();
    expect(source).toContain('API_KEY');
    for (const path of ['', '/source', '/records', '/export?format=log'])
      expect(await (await place.ask(`/api/executions/e1${path}`)).text()).not.toContain('sk-very-secret');
  } finally {
    delete process.env.API_KEY;
  }
});
