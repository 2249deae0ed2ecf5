import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { AlwaysOffSampler, ParentBasedSampler } from '@opentelemetry/sdk-trace-base';
import { expect, test } from 'vitest';
import { AgentError } from '../../src/agent/agent-error.ts';
import type { AgentFunction } from '../../src/agent/define.ts';
import { parseTraceparent } from '../../src/trace-context.ts';
import { agentStep, phase, pinnedOf, task, World } from '../engine/open-world.ts';
import { approval, agentStep as compensation, retry, wait } from '../fixtures/executions/definitions.ts';
import { recordSpans } from './recorded-spans.ts';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test('an execution is one trace: workflow, phases, steps, attempts, agents', async () => {
  const spans = recordSpans();
  const world = new World();
  let seenByAgent: string | undefined;
  const worker: AgentFunction = ({ traceparent }, { usage }) => {
    seenByAgent = traceparent;
    usage({ inputTokens: 10, outputTokens: 5, usd: 0.02, model: 'a-model' });
    return {};
  };
  const process = await world.open({ worker });
  await process.begin(
    task([phase('first', [agentStep('a')]), phase('second', [agentStep('b')], { dependsOn: ['first'] })]),
  );
  expect(await process.status()).toBe('completed');

  expect(spans.tree().map((line) => line.replace(/ +$/, ''))).toEqual([
    'invoke_workflow test',
    '  phase first',
    '    step a',
    '      invoke_agent worker',
    '        agent worker',
    '  phase second',
    '    step b',
    '      invoke_agent worker',
    '        agent worker',
  ]);
  const [attempt] = spans.named('invoke_agent worker');
  expect(attempt).toMatchObject({
    kind: SpanKind.CLIENT,
    status: { code: SpanStatusCode.UNSET },
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'worker',
      'gen_ai.conversation.id': 'e',
      'gen_ai.request.model': 'a-model',
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 5,
      'troupe.usage.tokens': 15,
      'troupe.usage.cost_usd': 0.02,
      'troupe.attempt.number': 1,
      'troupe.attempt.outcome': 'succeeded',
      'troupe.step.id': 'a',
      'troupe.phase.name': 'first',
    },
  });
  const root = spans.one('invoke_workflow test');
  expect(root.attributes).toMatchObject({
    'gen_ai.operation.name': 'invoke_workflow',
    'gen_ai.workflow.name': 'test',
    'troupe.status': 'completed',
    'troupe.usage.tokens': 30,
  });
  expect(new Set(spans.all().map(({ traceId }) => traceId)).size).toBe(1);
  const agents = spans.named('agent worker').map(({ id }) => id);
  expect(agents).toContain(parseTraceparent(seenByAgent)?.spanId);
});

test('times are those of the log, also from long before this process', async () => {
  const spans = recordSpans();
  const world = new World();
  const startedAt = world.clock.now();
  let done = (): void => undefined;
  const worker: AgentFunction = () => new Promise((resolve) => (done = () => resolve({})));
  const process = await world.open({ worker });
  await process.begin(task([phase('p', [agentStep('a')])]));
  await process.advance(2_500);
  done();
  await process.settle();
  expect(spans.one('invoke_agent worker')).toMatchObject({ startAt: startedAt, endAt: startedAt + 2_500 });
  expect(spans.one('invoke_workflow test')).toMatchObject({ startAt: startedAt, endAt: startedAt + 2_500 });
});

test('a trace that was begun elsewhere is joined', async () => {
  const spans = recordSpans();
  const process = await new World().open({ worker: () => ({}) });
  const definition = task([phase('p', [agentStep('a')])]);
  await process.engine.begin({
    execution: 'e',
    pinned: pinnedOf(definition),
    input: {},
    traceparent: TRACEPARENT,
  });
  await process.settle();
  expect(spans.one('invoke_workflow test')).toMatchObject({ parent: '00f067aa0ba902b7' });
  expect(new Set(spans.all().map(({ traceId }) => traceId))).toEqual(
    new Set(['4bf92f3577b34da6a3ce929d0e0e4736']),
  );
});

test('a failure is an error with its class; the attempt after it is linked to the one before', async () => {
  const spans = recordSpans();
  const worker: AgentFunction = ({ attempt }) => {
    if (attempt === 1) throw new AgentError('too many at once', { class: 'rate-limit' });
    throw new AgentError('will not', { class: 'refusal' });
  };
  const process = await new World().open({ worker });
  await process.begin(task([phase('p', [agentStep('a', { retry: retry(3) })])]));
  expect(await process.status()).toBe('failed');
  const [first, second] = spans.named('invoke_agent worker');
  expect(first).toMatchObject({
    status: { code: SpanStatusCode.ERROR, message: 'too many at once' },
    attributes: { 'error.type': 'rate-limit', 'troupe.attempt.number': 1 },
    links: [],
  });
  expect(second).toMatchObject({ attributes: { 'error.type': 'refusal' }, links: [first?.id] });
  expect(second?.parent).toBe(first?.parent);
  for (const name of ['step a', 'phase p', 'invoke_workflow test'])
    expect(spans.one(name).status.code).toBe(SpanStatusCode.ERROR);
  expect(spans.one('phase p').attributes['error.type']).toBe('PHASE_FAILED');
});

test('a rollback has a span, with its compensations below', async () => {
  const spans = recordSpans();
  const undoable = agentStep('a', { effect: 'compensable', compensate: compensation('undo-a') });
  const process = await new World().open({ worker: () => ({}) });
  await process.begin(task([phase('p', [undoable]), phase('q', [wait('w')], { dependsOn: ['p'] })]));
  await process.engine.control('e', 'rollback.requested', { reason: 'a test' });
  await process.settle();
  expect(await process.status()).toBe('rolledBack');
  expect(spans.tree()).toEqual([
    'invoke_workflow test',
    '  phase p',
    '    step a',
    '      invoke_agent worker',
    '        agent worker',
    '  phase q',
    '    step w',
    '  rollback',
    '    compensate undo-a',
    '      invoke_agent worker',
    '        agent worker',
  ]);
  expect(spans.one('rollback').attributes).toMatchObject({ 'troupe.rollback.outcome': 'undone' });
  expect(spans.one('compensate undo-a').attributes).toMatchObject({ 'troupe.compensation.undoes': 'a' });
});

test('who goes on after a crash continues the same trace, and nothing in it lacks its parent', async () => {
  const spans = recordSpans();
  const world = new World();
  const definition = task([phase('p', [agentStep('a')]), phase('q', [agentStep('b')], { dependsOn: ['p'] })]);
  const first = await world.open({
    worker: ({ step }) => (step === 'b' ? new Promise(() => undefined) : {}),
  });
  await first.begin(definition);
  await first.die();
  const before = spans.all();
  expect(before.map(({ name }) => name)).toContain('phase p');
  const second = await world.open({ worker: () => ({}) });
  await world.clock.advance(60_000);
  await second.engine.adoptOrphans();
  await second.settle();
  expect(await second.status()).toBe('completed');
  const all = spans.all();
  expect(new Set(all.map(({ traceId }) => traceId)).size).toBe(1);
  const ids = new Set(all.map(({ id }) => id));
  const lost = all.filter(({ parent }) => parent !== undefined && !ids.has(parent));
  expect(lost).toEqual([]);
  const b = spans
    .named('invoke_agent worker')
    .filter(({ attributes }) => attributes['troupe.step.id'] === 'b');
  expect(b.map(({ attributes }) => attributes['troupe.attempt.outcome'])).toEqual(['expired', 'succeeded']);
  expect(b[0]?.attributes['error.type']).toBe('lease-expired');
});

test('a question to people is a span as long as it stood', async () => {
  const spans = recordSpans();
  const world = new World();
  const process = await world.open();
  await process.begin(task([phase('p', [approval('ask')])]));
  await process.advance(5_000);
  await process.engine.control('e', 'approval.granted', { step: 'ask', by: 'alice' });
  await process.settle();
  expect(await process.status()).toBe('completed');
  const { startAt, endAt, attributes } = spans.one('step ask');
  expect(endAt - startAt).toBe(5_000);
  expect(attributes).toMatchObject({ 'troupe.step.kind': 'approval', 'troupe.status': 'succeeded' });
});

test('what is not sampled is not recorded, and agents are told so', async () => {
  const spans = recordSpans(new ParentBasedSampler({ root: new AlwaysOffSampler() }));
  let told: string | undefined;
  const process = await new World().open({
    worker: ({ traceparent }) => {
      told = traceparent;
      return {};
    },
  });
  await process.begin(task([phase('p', [agentStep('a')])]));
  expect(spans.all()).toEqual([]);
  expect(parseTraceparent(told)?.flags).toBe('00');
});

test('without an SDK agents see the trace that the execution was started with, as ever', async () => {
  const world = new World();
  let told: string | undefined = 'nothing yet';
  const worker: AgentFunction = ({ traceparent }) => {
    told = traceparent;
    return {};
  };
  const process = await world.open({ worker });
  await process.begin(task([phase('p', [agentStep('a')])]));
  expect(told).toBeUndefined();
});
