import { expect, test } from 'vitest';
import { defineAgent } from '../../../src/agent/define.ts';
import { agentStep, phase, pinnedOf, task } from '../../engine/open-world.ts';
import { approval } from '../../fixtures/executions/definitions.ts';
import { openServer } from '../open-server.ts';

test('/metrics tells what this process did and how things stand, as Prometheus reads it', async () => {
  const server = await openServer({ functions: [defineAgent({ name: 'worker', run: () => ({}) })] });
  const asked = Promise.withResolvers<void>();
  server.embedded.engine.listen(({ type }) => type === 'approval:requested' && asked.resolve());
  const definition = task([
    phase('work', [agentStep('a')]),
    phase('ask', [approval('may')], { dependsOn: ['work'] }),
  ]);
  await server.embedded.engine.begin({ execution: 'e', pinned: pinnedOf(definition), input: {} });
  await asked.promise;
  const answer = await server.get('/metrics');
  expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  const text = await answer.text();
  for (const line of [
    'troupe_executions_started_total{task="test"} 1',
    'troupe_attempts_ended_total{agent="worker",outcome="succeeded",error=""} 1',
    'troupe_executions{status="running"} 1',
    'troupe_executions{status="paused"} 0',
    'troupe_approvals_waiting 1',
    'troupe_agent_hosts 1',
  ])
    expect(text.split('\n')).toContain(line);
  expect(text).toMatch(/^troupe_agent_seats_busy\{agent="worker"\} \d$/m);
  expect(text).toMatch(/^process_cpu_seconds_total /m);
  expect(text).not.toContain('="e"');
});
