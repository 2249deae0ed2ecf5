import { expect, onTestFinished, test } from 'vitest';
import { defineAgent } from '../../src/agent/define.ts';
import type { Pinned } from '../../src/engine/pinned.ts';
import { Embedded } from '../../src/library/embedded.ts';
import { simulateRun } from '../../src/simulation/campaign/simulate-run.ts';
import { runCampaign } from '../../src/simulation/campaign.ts';
import { readPast } from '../../src/simulation/past.ts';
import { prepareFork } from '../../src/simulation/rehearsal.ts';
import { agentStep, approval, phase, task, wait } from '../fixtures/executions/definitions.ts';

const ONCE = { hosts: 1, faults: 'none' } as const;

/** An execution of a real engine: `first` has succeeded, `last` comes after a signal or a person. */
async function live(held: ReturnType<typeof wait>, run: () => unknown = () => ({ done: true })) {
  const definition = task([
    phase('one', [agentStep('first')]),
    phase('two', [held], { dependsOn: ['one'] }),
    phase('three', [agentStep('last')], { dependsOn: ['two'] }),
  ]);
  const pinned: Pinned = { definition, agents: { worker: { name: 'worker' } } };
  const functions = [defineAgent({ name: 'worker', run: run as never })];
  const embedded = await Embedded.open({ data: 'memory', functions });
  onTestFinished(() => embedded.close());
  const { engine } = embedded;
  // Another one before it: its positions are not the first of the log.
  await engine.begin({ execution: 'other', pinned, input: {} });
  await engine.begin({ execution: 'real', pinned, input: {} });
  return embedded;
}

async function settled({ engine }: Embedded, step: string): Promise<void> {
  await expect.poll(async () => (await engine.state('real'))?.world.steps.has(step)).toBe(true);
}

test('an execution goes on from where it is, and its own log does not', async () => {
  const embedded = await live(wait('gate', 'go'));
  const { sources } = embedded.engine;
  await settled(embedded, 'gate');
  const before = await sources.log.read('real');
  const past = await readPast('real', sources, { now: before.at(-1)?.at ?? 0 });
  const { setting } = prepareFork({ past, signals: [{ name: 'go', payload: 1, after: 60_000 }] });
  const run = await simulateRun(setting, { seed: 1, ...ONCE });
  expect(run.result.outcome).toBe('completed');
  expect(run.records.slice(0, past.records.length).map(({ id }) => id)).toEqual(
    past.records.map(({ id }) => id),
  );
  expect(run.records.filter(({ type }) => type === 'step.claimed')).toHaveLength(2);
  expect(run.result.durationMs).toBeGreaterThanOrEqual(60_000);
  expect(await sources.log.read('real')).toEqual(before);
});

test('what nobody sends is a deadlock, or waits for a person', async () => {
  const embedded = await live(wait('gate', 'go'));
  await settled(embedded, 'gate');
  const past = await readPast('real', embedded.engine.sources, { now: 0 });
  const outcomeWith = async (options: object) =>
    (await simulateRun(prepareFork({ past, ...options }).setting, { seed: 1, ...ONCE })).result.outcome;
  expect(await outcomeWith({})).toBe('waiting');
  expect(await outcomeWith({ signals: [] })).toBe('deadlock');
});

test('what agents were at work on is offered again', async () => {
  const embedded = await live(wait('gate', 'go'), () => new Promise(() => undefined));
  await expect.poll(async () => (await embedded.engine.state('real'))?.claims().length).toBe(1);
  const past = await readPast('real', embedded.engine.sources, { now: 0 });
  const { setting } = prepareFork({ past, signals: [{ name: 'go', payload: 1 }] });
  const { result, records } = await simulateRun(setting, { seed: 1, ...ONCE });
  expect(result.outcome).toBe('completed');
  expect(records.filter(({ type }) => type === 'claim.expired')).toHaveLength(1);
});

test('from an earlier position it goes on otherwise', async () => {
  const embedded = await live(wait('gate', 'go'));
  await settled(embedded, 'gate');
  const { sources } = embedded.engine;
  const [start] = await sources.log.read('real');
  const past = await readPast('real', sources, { now: 0, position: start?.position });
  expect(past).toMatchObject({ at: start?.at, position: start?.position });
  const { setting } = prepareFork({ past, signals: [{ name: 'go', payload: 1 }] });
  const { records } = await simulateRun(setting, { seed: 1, ...ONCE });
  expect(records.filter(({ type }) => type === 'step.claimed')).toHaveLength(2);
});

test('one that has ended does not go on, and a position before its start is none', async () => {
  const embedded = await live(approval('gate') as never);
  const { engine } = embedded;
  await settled(embedded, 'gate');
  await engine.control('real', 'abort.requested', {});
  await engine.ended('real');
  await expect(readPast('real', engine.sources, { now: 0 })).rejects.toMatchObject({
    code: 'FORK_IMPOSSIBLE',
  });
  await expect(readPast('real', engine.sources, { now: 0, position: 1 })).rejects.toMatchObject({
    code: 'FORK_IMPOSSIBLE',
  });
  await expect(readPast('none', engine.sources, { now: 0 })).rejects.toMatchObject({
    code: 'EXECUTION_UNKNOWN',
  });
});

test('many seeds say when it will end, and faults are refused', async () => {
  const embedded = await live(wait('gate', 'go'));
  await settled(embedded, 'gate');
  const past = await readPast('real', embedded.engine.sources, { now: 0 });
  const { setting } = prepareFork({ past, signals: [{ name: 'go', payload: 1 }] });
  const seen: number[] = [];
  const campaign = await runCampaign({
    setting,
    seed: 1,
    runs: 5,
    ...ONCE,
    onResult: ({ durationMs }) => seen.push(durationMs),
  });
  expect(campaign).toMatchObject({ runs: 5, success: { count: 5 } });
  expect(seen).toHaveLength(5);
  await expect(simulateRun(setting, { seed: 1, hosts: 1, faults: 'light' })).rejects.toMatchObject({
    code: 'FORK_IMPOSSIBLE',
  });
});
