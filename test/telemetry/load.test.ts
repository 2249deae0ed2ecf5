import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { expect, onTestFinished, test } from 'vitest';
import { activeTraceparent, flushTraces, loadTelemetry } from '../../src/telemetry/load.ts';
import { recordSpans } from './recorded-spans.ts';

test('without an SDK there is nothing to tell', async () => {
  expect(await loadTelemetry()).toBeUndefined();
  expect(await activeTraceparent()).toBeUndefined();
  await flushTraces();
});

test('the span that is active is what a start is below', async () => {
  recordSpans();
  expect(await activeTraceparent()).toBeUndefined();
  const span = trace.getTracer('a program').startSpan('a request');
  const active = trace.setSpan(ROOT_CONTEXT, span);
  context.setGlobalContextManager({
    active: () => active,
    with: (_, work, self, ...args) => work.call(self as never, ...args),
    bind: (_, target) => target,
    enable: () => context as never,
    disable: () => context as never,
  });
  onTestFinished(() => context.disable());
  const { traceId, spanId } = span.spanContext();
  expect(await activeTraceparent()).toBe(`00-${traceId}-${spanId}-01`);
});
