import { expect, test } from 'vitest';
import { simulate } from '../../src/simulation/simulate.ts';
import { agentStep, phase, task } from '../fixtures/executions/definitions.ts';

test('a simulated execution is run again from a step, in its world', async () => {
  const definition = task([
    phase('one', [agentStep('a')]),
    phase('two', [agentStep('b')], { dependsOn: ['one'] }),
  ]);
  await using simulation = await simulate(definition, {
    agents: { worker: { returns: { fine: true } } as never },
  });
  await simulation.toEnd();
  await using again = await simulation.rerun({ from: 'b' });
  const report = await again.toEnd();
  expect(report).toMatchObject({
    execution: 'simulation-again',
    status: 'completed',
    rerunOf: { from: 'b' },
  });
  expect(report.phases.flatMap(({ steps }) => steps).map(({ id, kept }) => [id, kept])).toEqual([
    ['a', 'simulation'],
    ['b', undefined],
  ]);
  await again.restart();
  expect(again.report()).toEqual(report);
});
