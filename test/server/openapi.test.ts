import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { EventReader, Place, TOKEN } from './place.ts';

interface OpenApi {
  readonly openapi: string;
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
  readonly components: object;
}

interface Operation {
  readonly responses: {
    readonly [status: string]: {
      readonly content?: { readonly [type: string]: { readonly schema: object } };
    };
  };
}

/** Checks answers against what `/openapi.json` says of them. */
class Described {
  readonly document: OpenApi;
  /** `get /api/meta`, … that were checked. */
  readonly checked = new Set<string>();
  readonly #ajv: Ajv2020;

  constructor(document: OpenApi) {
    this.document = document;
    this.#ajv = new Ajv2020({ strict: false, validateFormats: false });
    this.#ajv.addSchema({ $id: 'api', components: document.components });
  }

  async check(method: string, path: string, answer: Response): Promise<void> {
    const operation = this.document.paths[path]?.[method];
    const [type = ''] = (answer.headers.get('content-type') ?? '').split(';');
    const response = operation?.responses[answer.status] ?? operation?.responses.default;
    const schema = response?.content?.[type]?.schema;
    expect(schema, `${method} ${path} says nothing of ${answer.status} ${type}`).toBeDefined();
    if (answer.ok) this.checked.add(`${method} ${path}`);
    if (!/[/+]json$/.test(type)) return void (await answer.body?.cancel());
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/');
    const body = await answer.json();
    const isFit = this.#ajv.validate(JSON.parse(text), body);
    expect(isFit ? [] : this.#ajv.errors, `${method} ${path}: ${JSON.stringify(body).slice(0, 400)}`).toEqual(
      [],
    );
  }

  get all(): readonly string[] {
    return Object.entries(this.document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
  }
}

/** Brought by others, and tested by them. */
const ELSEWHERE = /rerun|simulations|stats|metrics|graphql/;

test('every answer fits what the document says of it', async () => {
  const place = await Place.open();
  const { stage } = place;
  stage.task(
    'work',
    { First: ['one', 'two'], Ask: ['approval: Go on?'], Last: ['three'] },
    'requirements:\n  what: string\n',
  );
  const described = new Described(await place.json<OpenApi>('/openapi.json'));
  expect(described.document.openapi).toBe('3.1.0');

  const started = await place.post('/api/executions', { task: 'work', id: 'e1', input: { what: 'it' } });
  expect(started.status, await started.clone().text()).toBe(201);
  await described.check('post', '/api/executions', started);
  const reader = await place.ask('/api/executions/e1/live');
  await described.check('get', '/api/executions/{id}/live', reader);
  await reader.body?.cancel();
  const feed = new EventReader(await place.ask('/api/feed'));
  await feed.until(({ event, data }) => event === 'approvals' && data.count === 1);
  await feed.close();
  const look = async (path: string, url: string): Promise<void> =>
    described.check('get', path, await place.ask(url));
  const lookAtAll = async (): Promise<void> => {
    await look('/api/meta', '/api/meta');
    await look('/health', '/health');
    await look('/ready', '/ready');
    for (const query of [
      '',
      '?status=running,paused&task=work&search=E1&order=attention&offset=0&limit=1',
      '?since=0&until=2100-01-01T00:00:00Z',
    ])
      await look('/api/executions', `/api/executions${query}`);
    await look('/api/executions/{id}', '/api/executions/e1');
    await look('/api/executions/{id}/source', '/api/executions/e1/source');
    await look('/api/executions/{id}/records', '/api/executions/e1/records');
    await look('/api/executions/{id}/records', '/api/executions/e1/records?after=2&limit=3');
    await look('/api/executions/{id}/rollback-plan', '/api/executions/e1/rollback-plan');
    for (const query of ['', '?format=prov', '?format=mermaid'])
      await look('/api/executions/{id}/provenance', `/api/executions/e1/provenance${query}`);
    for (const format of ['log', 'markdown'])
      await look('/api/executions/{id}/export', `/api/executions/e1/export?format=${format}`);
    await look('/api/approvals', '/api/approvals');
    await look('/api/agents', '/api/agents');
    await look('/api/machines', '/api/machines');
    await look('/api/tasks', '/api/tasks');
    await look('/api/tasks/{name}', '/api/tasks/work');
    await look('/api/tasks/{name}/durations', '/api/tasks/work/durations');
    await look('/api/feed', '/api/feed');
  };
  await lookAtAll();
  const { approvals } = await place.json<{ approvals: { step: string }[] }>('/api/approvals');
  const step = approvals[0]?.step ?? '';
  await look('/api/executions/{id}/approvals/{step}/diff', `/api/executions/e1/approvals/${step}/diff`);
  const { pinnedDigest } = await place.json('/api/executions/e1/source');
  await look('/api/executions/{id}/artifacts/{digest}', `/api/executions/e1/artifacts/${pinnedDigest}`);
  const approved = await place.post('/api/executions/e1/controls', { kind: 'approve', step, by: 'alice' });
  await described.check('post', '/api/executions/{id}/controls', approved);
  await place.ended('e1');
  await lookAtAll();

  // And what goes wrong.
  const wrong: readonly (readonly [string, string])[] = [
    ['/api/executions', '/api/executions?limit=many'],
    ['/api/executions', '/api/executions?since=yesterday'],
    ['/api/executions/{id}', '/api/executions/nobody'],
    ['/api/executions/{id}', '/api/executions/..%2F..'],
    ['/api/executions/{id}/records', '/api/executions/nobody/records'],
    ['/api/executions/{id}/live', '/api/executions/nobody/live'],
    ['/api/executions/{id}/export', '/api/executions/e1/export?format=html'],
    ['/api/executions/{id}/rollback-plan', '/api/executions/e1/rollback-plan?to=nowhere'],
    ['/api/executions/{id}/rollback-plan', '/api/executions/e1/rollback-plan?to=a&step=b'],
    ['/api/executions/{id}/artifacts/{digest}', `/api/executions/e1/artifacts/sha256:${'0'.repeat(64)}`],
    ['/api/executions/{id}/approvals/{step}/diff', '/api/executions/e1/approvals/nothing/diff'],
    ['/api/tasks/{name}', '/api/tasks/nothing'],
  ];
  for (const [path, url] of wrong) {
    const answer = await place.ask(url);
    expect(answer.status, url).toBeGreaterThanOrEqual(400);
    expect(answer.headers.get('content-type'), url).toBe('application/problem+json');
    await described.check('get', path, answer);
  }
  const asked = described.all.filter((operation) => !ELSEWHERE.test(operation));
  expect(asked.filter((operation) => !described.checked.has(operation))).toEqual([]);
  expect(place.complaints.map((each) => (each as { code?: string }).code)).toEqual(['VIEWER_NOT_BUILT']);
});

test('what does not fit is refused with the code of the catalogue', async () => {
  const place = await Place.open();
  place.stage.task('work', { First: ['one'] }, 'requirements:\n  what: string\n');
  place.stage.hold('one');
  await place.start('work', 'e1', { what: 'it' });
  const control = (body: unknown) => place.post('/api/executions/e1/controls', body);
  const start = (body: unknown) => place.post('/api/executions', body);
  const answers: readonly (readonly [number, string, Promise<Response>])[] = [
    [409, 'NOT_POSSIBLE_NOW', control({ kind: 'resume' })],
    [409, 'NOTHING_TO_APPROVE', control({ kind: 'approve', step: 'one', by: 'alice' })],
    [400, 'REQUEST_INVALID', control({ kind: 'explode' })],
    [400, 'REQUEST_INVALID', control({ kind: 'pause', reason: 5 })],
    [400, 'REQUEST_INVALID', control({ kind: 'pause', more: true })],
    [400, 'REQUEST_INVALID', control({ kind: 'approve', step: 'one' })],
    [404, 'EXECUTION_UNKNOWN', place.post('/api/executions/nobody/controls', { kind: 'pause' })],
    [404, 'TASK_UNKNOWN', start({ task: 'nothing' })],
    [404, 'TASK_UNKNOWN', start({ task: '../tasks/work.md' })],
    [404, 'TASK_UNKNOWN', start({ task: '/etc/passwd' })],
    [422, 'INPUT_INVALID', start({ task: 'work', input: {} })],
    [422, 'INPUT_INVALID', start({ task: 'work', input: { what: 'a', who: 'b' } })],
    [409, 'EXECUTION_EXISTS', start({ task: 'work', id: 'e1', input: { what: 'else' } })],
    [400, 'REQUEST_INVALID', start({ task: 'work', id: 'not an id' })],
    [400, 'REQUEST_INVALID', start([])],
    [413, 'BODY_TOO_LARGE', start({ task: 'work', input: { what: 'x'.repeat(5 * 1024 * 1024) } })],
    [401, 'TOKEN_REFUSED', place.ask('/api/executions', { method: 'POST', body: '{}' })],
    [404, 'ROUTE_UNKNOWN', place.post('/api/nothing', {})],
    [404, 'ROUTE_UNKNOWN', place.ask('/api/nothing')],
    [
      400,
      'REQUEST_INVALID',
      place.ask('/api/executions', {
        method: 'POST',
        body: '{"task":',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      }),
    ],
    // What a form of another page can send is no JSON.
    [
      400,
      'REQUEST_INVALID',
      place.post('/api/executions', { task: 'work' }, { 'content-type': 'text/plain' }),
    ],
  ];
  for (const [status, code, asking] of answers) {
    const answer = await asking;
    const body = (await answer.json()) as { code: string; status: number; where?: object[] };
    expect([answer.status, body.code, body.status], JSON.stringify(body)).toEqual([status, code, status]);
    if (code === 'INPUT_INVALID') expect(body.where?.length).toBeGreaterThan(0);
  }
  expect(place.complaints).toEqual([]);
  place.stage.letGo('one');
  await place.ended('e1');
});
