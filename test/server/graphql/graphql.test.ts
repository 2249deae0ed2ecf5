import { buildClientSchema, getIntrospectionQuery } from 'graphql';
import { expect, test } from 'vitest';
import { AgentError } from '../../../src/agent/agent-error.ts';
import { defineAgent } from '../../../src/agent/define.ts';
import { agentStep, phase, pinnedOf, task } from '../../engine/open-world.ts';
import { approval, retry } from '../../fixtures/executions/definitions.ts';
import { openServer } from '../open-server.ts';

const worker = defineAgent({
  name: 'worker',
  run: ({ attempt }, { usage }) => {
    usage({ tokens: 3 });
    if (attempt === 1) throw new AgentError('not yet', { class: 'crash' });
    return { found: 'it' };
  },
});

/** A server with an execution `e` that has done a step, after a failure, and asks a person. */
async function asking(graphql = true) {
  const server = await openServer({ functions: [worker], graphql });
  const asked = Promise.withResolvers<void>();
  server.embedded.engine.listen(({ type }) => type === 'approval:requested' && asked.resolve());
  const definition = task([
    phase('work', [agentStep('a', { retry: retry(2) })]),
    phase('ask', [approval('may', { approvers: ['alice'] })], { dependsOn: ['work'] }),
  ]);
  await server.embedded.engine.begin({ execution: 'e', pinned: pinnedOf(definition), input: { n: 1 } });
  await asked.promise;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into documents as their readers do.
  const ask = async (query: string, variables?: object): Promise<any> =>
    (await server.post('/graphql', { query, variables })).json();
  return { ...server, ask };
}

test('an execution is told as deep as it is asked about', async () => {
  const { ask } = await asking();
  const { data, errors } = await ask(`{
    execution(id: "e") {
      status task input stepsDone attention waitsFor usage { tokens }
      phases { name status steps { id status attemptCount output attempts { number outcome tokens error { class message } } } }
      step(id: "a") { output }
      why { kind headline reasons { who } }
      approvals { step question approvers }
      records(limit: 1) { records { type position } next }
    }
  }`);
  expect(errors).toBeUndefined();
  expect(data.execution).toMatchObject({
    status: 'running',
    task: 'test',
    input: { n: 1 },
    stepsDone: 1,
    attention: 'person',
    usage: { tokens: 6 },
    step: { output: { found: 'it' } },
    why: { kind: 'person', reasons: [{ who: expect.arrayContaining(['alice']) }] },
    approvals: [{ step: 'may', question: 'May may?', approvers: ['alice'] }],
    records: { records: [{ type: 'execution.started' }], next: expect.any(Number) },
  });
  const [work] = data.execution.phases;
  expect(work.steps[0]).toMatchObject({
    id: 'a',
    attemptCount: 2,
    attempts: [
      { number: 1, outcome: 'failed', tokens: 3, error: { class: 'crash', message: 'not yet' } },
      { number: 2, outcome: 'succeeded', error: null },
    ],
  });
});

test('lists come in pages, narrowed by arguments and variables', async () => {
  const { ask } = await asking();
  const query = `query ($status: [String!], $since: DateTime) {
    executions(status: $status, since: $since, limit: 5) { total offset executions { id } byStatus { status count } }
  }`;
  expect((await ask(query, { status: ['running'] })).data.executions).toEqual({
    total: 1,
    offset: 0,
    executions: [{ id: 'e' }],
    byStatus: [{ status: 'running', count: 1 }],
  });
  expect((await ask(query, { status: ['failed'] })).data.executions.total).toBe(0);
  expect((await ask(query, { since: '2999-01-01T00:00:00Z' })).data.executions.total).toBe(0);
  expect((await ask('{ executions(since: "2999-01-01T00:00:00Z") { total } }')).data.executions.total).toBe(
    0,
  );
  const { data } = await ask(
    '{ approvals { execution } agentHosts { roles { role busy } } stats { buckets { started } } tasks { name } }',
  );
  expect(data.approvals).toEqual([{ execution: 'e' }]);
  expect(data.agentHosts).toMatchObject([{ roles: [{ role: 'worker', busy: expect.any(Number) }] }]);
  expect(data.stats.buckets.reduce((sum: number, { started }: { started: number }) => sum + started, 0)).toBe(
    1,
  );
  expect(data.tasks.map(({ name }: { name: string }) => name)).toContain('investment-committee-meeting');
});

test('errors have the codes of the catalogue, and what is not wrong is told beside them', async () => {
  const { ask } = await asking();
  expect(await ask('{ task(name: "nothing") { name } approvals { step } }')).toMatchObject({
    data: { task: null, approvals: [{ step: 'may' }] },
    errors: [{ path: ['task'], extensions: { code: 'TASK_UNKNOWN' } }],
  });
  expect((await ask('{ execution(id: "nothing") { status } }')).data).toEqual({ execution: null });
  expect((await ask('{ executions(limit: 201) { total } }')).errors).toMatchObject([
    { extensions: { code: 'REQUEST_INVALID' } },
  ]);
});

test.each([
  ['is no GraphQL', '{', 'REQUEST_INVALID'],
  ['names a field that is not there', '{ execution(id: "e") { secret } }', 'REQUEST_INVALID'],
  ['would change something', 'mutation { abort }', 'REQUEST_INVALID'],
  [
    'would look up too much',
    '{ executions(limit: 200) { executions { phases { steps { attempts { number } } } } } }',
    'QUERY_TOO_LARGE',
  ],
  ['is too long', `{ ${'approvals { step } '.repeat(1000)} }`, 'REQUEST_INVALID'],
])('a question that %s is refused, and nothing of it looked up', async (_, query, code) => {
  const { post } = await asking();
  const answer = await post('/graphql', { query });
  expect(answer.status).toBe(400);
  const document = (await answer.json()) as { errors: unknown };
  expect(document).not.toHaveProperty('data');
  expect(document.errors).toMatchObject([{ extensions: { code } }]);
});

test('it is under the checks that all is under, and there only when it is asked for', async () => {
  const { get, post, url } = await asking();
  const query = encodeURIComponent('query ($id: ID!) { execution(id: $id) { status } }');
  const variables = encodeURIComponent('{"id":"e"}');
  const answer = await get(`/graphql?query=${query}&variables=${variables}`);
  expect(answer.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await answer.json()).toEqual({ data: { execution: { status: 'running' } } });
  expect((await post('/graphql', { query: '{ approvals { step } }' }, {})).status).toBe(401);
  const foreign = await fetch(`${url}/graphql?query=${query}`, {
    headers: { origin: 'http://evil.example' },
  });
  expect(foreign.status).toBe(403);
  const without = await asking(false);
  expect((await without.get('/graphql?query={approvals{step}}')).status).toBe(404);
});

test('the schema can be read, as it is written and by introspection', async () => {
  const { get, ask } = await asking();
  const text = await (await get('/graphql/schema')).text();
  expect(text).toContain('type Execution {');
  const { data } = await ask(getIntrospectionQuery());
  expect(buildClientSchema(data).getQueryType()?.getFields()).toHaveProperty('executions');
});
