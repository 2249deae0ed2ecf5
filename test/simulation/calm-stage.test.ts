import { describe, expect, test } from 'vitest';
import { readStory } from '../../src/history/story.ts';
import { CalmStage } from '../../src/simulation/calm-stage.ts';
import { agentStep, phase, pinnedOf, task } from '../engine/open-world.ts';
import { runOn } from './stage-fixtures.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const START = Date.UTC(2020, 0, 1);

const approval = task([
  phase('ask', [
    { kind: 'wait', id: 'approve', title: 'approve', signal: 'approve', timeoutMs: 30 * DAY_MS },
  ]),
]);

describe('a calm stage', () => {
  test('runs a task with agents that answer at once without moving time', async () => {
    await using stage = await runOn(task([phase('a', [agentStep('one')])]), { worker: () => ({ n: 1 }) });
    expect((await stage.fold('e'))?.status).toBe('completed');
    expect(stage.now()).toBe(START);
  });

  test('begins at the time it is told', async () => {
    await using stage = await CalmStage.open({ startAt: 5 * DAY_MS });
    expect(stage.now()).toBe(5 * DAY_MS);
  });

  test('waits thirty days in a thousand steps, and no heartbeat in between', async () => {
    await using stage = await CalmStage.open();
    await stage.start({ execution: 'e', pinned: pinnedOf(approval), input: {} });
    let steps = 0;
    while ((await stage.fold('e'))?.hasEnded !== true && (await stage.step())) steps += 1;
    expect((await stage.fold('e'))?.status).toBe('failed');
    expect(stage.now()).toBe(START + 30 * DAY_MS);
    expect(steps).toBeLessThan(1000);
  });

  test('moves time to the next thing that is due, and no further than it is told', async () => {
    const agents = { worker: (_: unknown, { sleep }: { sleep(ms: number): Promise<void> }) => sleep(1000) };
    await using stage = await CalmStage.open({ agents });
    await stage.start({
      execution: 'e',
      pinned: pinnedOf(task([phase('a', [agentStep('one')])])),
      input: {},
    });
    expect(await stage.step(START + 400)).toBe(false);
    expect(stage.now()).toBe(START + 400);
    expect(await stage.step()).toBe(true);
    expect(stage.now()).toBe(START + 1000);
    expect((await stage.fold('e'))?.status).toBe('completed');
  });

  test('tells what happens, in the order of the log', async () => {
    await using stage = await CalmStage.open({ agents: { worker: () => 1 } });
    const told: string[] = [];
    const stop = stage.listen(({ type }) => told.push(type));
    await stage.start({
      execution: 'e',
      pinned: pinnedOf(task([phase('a', [agentStep('one')])])),
      input: {},
    });
    expect(told).toEqual([
      'execution:start',
      'phase:start',
      'step:start',
      'step:complete',
      'phase:complete',
      'execution:complete',
    ]);
    stop();
    await stage.start({
      execution: 'f',
      pinned: pinnedOf(task([phase('a', [agentStep('one')])])),
      input: {},
    });
    expect(told).toHaveLength(6);
  });

  test('takes any record that an author may append', async () => {
    await using stage = await CalmStage.open();
    await stage.start({ execution: 'e', pinned: pinnedOf(approval), input: {} });
    const data = { name: 'approve', payload: { by: 'Ada' } };
    await stage.append({ id: stage.newId(), execution: 'e', source: 'control', type: 'signal.sent', data });
    expect((await stage.fold('e'))?.status).toBe('completed');
  });

  test('starts no program of an agent file', async () => {
    await using stage = await CalmStage.open({ agents: { worker: () => 'from the script' } });
    const definition = task([phase('a', [agentStep('one')])]);
    const agents = {
      worker: { name: 'worker', runner: 'command', command: ['/nowhere'], directory: '/', timeoutMs: 7000 },
    };
    await stage.start({ execution: 'e', pinned: { definition, agents }, input: {} });
    const [claimed] = (await stage.records('e')).filter(({ type }) => type === 'step.claimed');
    expect((await stage.fold('e'))?.status).toBe('completed');
    expect(claimed).toBeDefined();
  });

  test('a process that dies loses what its agents did, and the next one goes on from the log', async () => {
    const asked: string[] = [];
    await using stage = await CalmStage.open({
      agents: {
        worker: async ({ step, attempt }, { sleep }) => {
          asked.push(`${step}/${attempt}`);
          await sleep('10s');
          return step;
        },
      },
    });
    const definition = task([phase('a', [agentStep('one'), agentStep('two')], { parallel: false })]);
    await stage.start({ execution: 'e', pinned: pinnedOf(definition), input: {} });
    await stage.step(START + 10_000);
    await stage.step(START + 15_000);
    await stage.restart();
    while ((await stage.fold('e'))?.hasEnded !== true && (await stage.step()));
    expect(asked).toEqual(['one/1', 'two/1', 'two/2']);
    expect(stage.now()).toBe(START + 25_000);
    const story = await readStory('e', stage.sources);
    expect(story?.attempts.map(({ step, outcome }) => [step, outcome])).toEqual([
      ['one', 'succeeded'],
      ['two', 'expired'],
      ['two', 'succeeded'],
    ]);
  });

  test('the state of one that has ended counts what came after', async () => {
    await using stage = await runOn(task([phase('a', [agentStep('one')])]), { worker: () => 1 });
    const ended = await stage.fold('e');
    expect(await stage.fold('e')).toBe(ended);
    const data = { step: 'one', attempt: 1, fence: 2, token: 'late', output: 2 };
    await stage.append({
      id: stage.newId(),
      execution: 'e',
      source: 'agent.worker',
      type: 'step.succeeded',
      data,
    });
    const later = await stage.fold('e');
    expect(Object.values(later?.refused ?? {})).toEqual([1]);
    expect(later?.hash()).toBe(ended?.hash());
  });

  test('what waited goes on waiting after a restart, to the same moment', async () => {
    await using stage = await CalmStage.open();
    await stage.start({ execution: 'e', pinned: pinnedOf(approval), input: {} });
    await stage.step(START + 10 * DAY_MS);
    await stage.restart();
    while ((await stage.fold('e'))?.hasEnded !== true && (await stage.step()));
    expect(stage.now()).toBe(START + 30 * DAY_MS);
  });
});
