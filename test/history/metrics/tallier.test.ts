import { expect, test } from 'vitest';
import { Fold } from '../../../src/engine/fold.ts';
import { spreadOf } from '../../../src/history/metrics/durations-histogram.ts';
import { Tallier } from '../../../src/history/metrics/tallier.ts';
import type { Tally } from '../../../src/history/metrics/tally.ts';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import { agentStep, phase, retry, task, wait } from '../../fixtures/executions/definitions.ts';
import { ScriptedWorld } from '../../fixtures/executions/scripted-world.ts';

test('counts attempts, what they used, and how long their work and their waits took', () => {
  const world = new ScriptedWorld(task([phase('a', [agentStep('s', { agent: 'quant' })])]));
  world.advance(2_000);
  const claim = world.claim();
  world.advance(5_000);
  world.succeed(claim, 'done', { tokens: 120, usd: 0.5 });
  const tally = tallyOf(world);
  expect(tally).toMatchObject({ execution: 'world', task: 'scripted', position: world.log.at(-1)?.position });
  const { quant } = tally.agents;
  expect(quant).toMatchObject({ attempts: 1, succeeded: 1, failed: 0, lost: 0, tokens: 120, usd: 0.5 });
  expect(quant?.work.sumMs).toBeGreaterThanOrEqual(5_000);
  expect(quant?.busyMs).toBe(quant?.work.sumMs);
  expect(quant?.waits.sumMs).toBeGreaterThanOrEqual(2_000);
  expect(tally.steps.s?.sumMs).toBeGreaterThanOrEqual(7_000);
});

test('counts failures by class, those that were tried again included', () => {
  const world = new ScriptedWorld(task([phase('a', [agentStep('s', { retry: retry(3, 1_000) })])]));
  world.fail(world.claim(), { class: 'rate-limit' });
  world.fireNext();
  world.fail(world.claim(), { class: 'crash' });
  world.fireNext();
  world.succeed(world.claim());
  const tally = tallyOf(world);
  expect(tally.failures).toEqual([
    { agent: 'worker', class: 'rate-limit', count: 1 },
    { agent: 'worker', class: 'crash', count: 1 },
  ]);
  expect(tally.agents.worker).toMatchObject({ attempts: 3, succeeded: 1, failed: 2 });
  // The wait for another try is not one for a host: that begins when the step is offered again.
  expect(spreadOf(tally.agents.worker?.waits ?? { count: 0, sumMs: 0, bins: {} })?.count).toBe(3);
});

test('a claim whose host went silent is lost, and what it reports later counts for nothing', () => {
  const world = new ScriptedWorld(task([phase('a', [agentStep('s')])]));
  const first = world.claim();
  world.expire(first);
  const second = world.claim();
  world.succeed(first, 'late', { tokens: 9 });
  world.succeed(second, 'in time', { tokens: 1 });
  expect(tallyOf(world).agents.worker).toMatchObject({ attempts: 2, succeeded: 1, lost: 1, tokens: 1 });
});

test('what is refused counts for nothing', () => {
  const world = new ScriptedWorld(task([phase('a', [agentStep('s'), wait('w')])]));
  const claim = world.claim();
  world.succeed(claim, 'done', { tokens: 5 });
  world.succeed(claim, 'again', { tokens: 5 });
  expect(tallyOf(world).agents.worker).toMatchObject({ attempts: 1, succeeded: 1, tokens: 5 });
});

test('goes on from where it was as the log grows', () => {
  const world = new ScriptedWorld(task([phase('a', [agentStep('s')]), phase('b', [agentStep('t')])]));
  const tallier = tallierOf(world);
  for (const record of world.log.slice(1)) tallier.take(record);
  world.run();
  for (const record of world.log.filter(({ position }) => position > tallier.position)) tallier.take(record);
  expect(tallier.tally()).toEqual(tallyOf(world));
});

function tallierOf(world: ScriptedWorld): Tallier {
  const { pinned, input, rules } = world;
  return new Tallier(Fold.begin(world.log[0] as LogRecord, pinned, input, rules));
}

function tallyOf(world: ScriptedWorld): Tally {
  const tallier = tallierOf(world);
  for (const record of world.log.slice(1)) tallier.take(record);
  return tallier.tally();
}
