import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { AgentError } from '../../../src/agent/agent-error.ts';
import type { AgentFunction } from '../../../src/agent/define.ts';
import { BoundedLabel } from '../../../src/server/metrics/bounded-labels.ts';
import { EngineMetrics } from '../../../src/server/metrics/engine-metrics.ts';
import { agentStep, phase, task, World } from '../../engine/open-world.ts';
import { retry } from '../../fixtures/executions/definitions.ts';

async function measured(agent: AgentFunction) {
  const registry = new Registry();
  const world = new World();
  const process = await world.open({ worker: agent });
  process.engine.watch(new EngineMetrics(registry, world.clock));
  const lines = async (name: string) =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith(`troupe_${name}`));
  return { world, process, lines };
}

test('attempts, steps, phases and executions are counted as they end', async () => {
  const { process, lines } = await measured(({ attempt }, { usage }) => {
    usage({ tokens: 7, usd: 0.5 });
    if (attempt === 1) throw new AgentError('later', { class: 'rate-limit' });
    return {};
  });
  await process.begin(task([phase('p', [agentStep('a', { retry: retry(2) })])]));
  expect(await process.status()).toBe('completed');
  expect(await lines('attempts_ended_total')).toEqual([
    'troupe_attempts_ended_total{agent="worker",outcome="failed",error="rate-limit"} 1',
    'troupe_attempts_ended_total{agent="worker",outcome="succeeded",error=""} 1',
  ]);
  expect(await lines('steps_ended_total')).toEqual([
    'troupe_steps_ended_total{kind="agent",status="succeeded"} 1',
  ]);
  expect(await lines('phases_ended_total')).toEqual([
    'troupe_phases_ended_total{task="test",status="completed"} 1',
  ]);
  expect(await lines('executions_started_total')).toEqual(['troupe_executions_started_total{task="test"} 1']);
  expect(await lines('executions_ended_total')).toEqual([
    'troupe_executions_ended_total{task="test",status="completed"} 1',
  ]);
  expect(await lines('agent_tokens_total')).toEqual(['troupe_agent_tokens_total{agent="worker"} 14']);
  expect(await lines('agent_cost_usd_total')).toEqual(['troupe_agent_cost_usd_total{agent="worker"} 1']);
  expect(await lines('records_total')).toContain('troupe_records_total{type="step.claimed"} 2');
});

test('durations are in seconds, and one wait is counted for each step', async () => {
  const { process, lines } = await measured(
    () => new Promise((resolve) => void done.promise.then(() => resolve({}))),
  );
  const done = Promise.withResolvers<void>();
  await process.begin(task([phase('p', [agentStep('a')])]));
  await process.advance(3_000);
  done.resolve();
  await process.settle();
  expect(await lines('attempt_duration_seconds_sum')).toEqual([
    'troupe_attempt_duration_seconds_sum{agent="worker"} 3',
  ]);
  expect(await lines('execution_duration_seconds_sum')).toEqual([
    'troupe_execution_duration_seconds_sum{task="test",status="completed"} 3',
  ]);
  expect(await lines('attempt_wait_seconds_count')).toEqual([
    'troupe_attempt_wait_seconds_count{agent="worker"} 1',
  ]);
});

test('what the fold refuses is counted by its reason', async () => {
  const { process, lines } = await measured(() => new Promise(() => undefined));
  await process.begin(task([phase('p', [agentStep('a')])]));
  await process.engine.control('e', 'resume.requested', {});
  await process.settle();
  expect(await lines('records_refused_total')).toEqual([
    'troupe_records_refused_total{reason="not-accepted-now"} 1',
  ]);
});

test('a label takes so many values, and then no more', () => {
  const label = new BoundedLabel();
  for (let at = 0; at < 200; at += 1) expect(label.of(`task ${at}`)).toBe(`task ${at}`);
  expect(label.of('one more')).toBe('other');
  expect(label.of('task 7')).toBe('task 7');
});
