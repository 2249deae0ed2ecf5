import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { systemRandom } from '../../../src/adapters/system/random.ts';
import type { SimulationJob } from '../../../src/server/simulations/job.ts';
import { type SimulationAbout, Simulations } from '../../../src/server/simulations/simulations.ts';

import { temporaryFolder } from '../../contract/adapters.ts';

function open(): Simulations {
  const simulations = new Simulations({ clock: systemClock, random: systemRandom });
  onTestFinished(() => simulations.close());
  return simulations;
}

function jobOf(extra: Partial<SimulationJob> = {}): { job: SimulationJob; about: SimulationAbout } {
  const job: SimulationJob = {
    of: { kind: 'task', task: taskFile(), input: {} },
    seed: 1,
    runs: 3,
    hosts: 1,
    faults: 'none',
    without: [],
    place: { cwd: process.cwd(), agentDirs: [] },
    ...extra,
  };
  const { seed, runs, hosts, faults, without } = job;
  const asked = { seed, runs, hosts, faults, without, agents: '', history: 0 };
  return { job, about: { ...asked, kind: 'task', task: 'hello', input: {}, fork: null } };
}

function taskFile(): string {
  const path = join(temporaryFolder(), 'hello.yaml');
  const phases = [{ name: 'Greeting', steps: [{ id: 'greet', agent: 'greeter' }] }];
  writeFileSync(path, JSON.stringify({ name: 'hello', version: '1.0.0', phases }));
  return path;
}

async function endOf(
  simulations: Simulations,
  id: string,
): Promise<readonly { event: string; data: unknown }[]> {
  const feed = simulations.feed(id);
  const all: { event: string; data: unknown }[] = [];
  for (;;) {
    const messages = await feed.next();
    if (messages === undefined) return all;
    all.push(...messages);
  }
}

test('a task is run many times beside whoever serves, and each run can be looked at', async () => {
  const simulations = open();
  const { job, about } = jobOf();
  const { id } = await simulations.start(job, about);
  const told = await endOf(simulations, id);
  expect(told[0]?.event).toBe('simulation');
  expect(told.at(-1)?.event).toBe('simulation');
  const view = simulations.get(id);
  expect(view).toMatchObject({
    status: 'completed',
    done: 3,
    total: 3,
    campaign: { runs: 3, success: { count: 3 } },
  });
  expect(view.runs.map(({ seed, outcome }) => [seed, outcome])).toEqual([
    [1, 'completed'],
    [2, 'completed'],
    [3, 'completed'],
  ]);
  const { source, records } = await simulations.run(id, 2);
  expect(source).toMatchObject({ execution: 'simulated', pinned: { definition: { name: 'hello' } } });
  expect(records[0]?.type).toBe('execution.started');
  expect((await simulations.run(id, 2)).records).toBe(records);
  simulations.remove(id);
  expect(() => simulations.get(id)).toThrow(expect.objectContaining({ code: 'SIMULATION_UNKNOWN' }));
});

test('what is wrong with what was asked is told before anything runs', async () => {
  const simulations = open();
  const unknown = jobOf({ of: { kind: 'task', task: 'no-such-task', input: {} } });
  await expect(simulations.start(unknown.job, unknown.about)).rejects.toMatchObject({ code: 'TASK_UNKNOWN' });
  const bad = jobOf({ agents: 'agents: {x: {unknown: 1}}' });
  await expect(simulations.start(bad.job, bad.about)).rejects.toMatchObject({
    code: 'AGENT_SCRIPTS_INVALID',
  });
  expect(simulations.list()).toEqual([]);
});

test('one that runs can be stopped, and has what there was until then; more than two do not run at once', async () => {
  const simulations = open();
  const { job, about } = jobOf({ runs: 100_000 });
  const [first, second] = [await simulations.start(job, about), await simulations.start(job, about)];
  await expect(simulations.start(job, about)).rejects.toMatchObject({ code: 'SIMULATIONS_BUSY' });
  simulations.remove(first.id);
  simulations.remove(second.id);
  await endOf(simulations, first.id);
  const view = simulations.get(first.id);
  expect(view).toMatchObject({ status: 'cancelled', campaign: { isInterrupted: true } });
  expect(view.campaign?.runs).toBe(view.runs.length);
  expect(view.runs.length).toBeLessThan(100_000);
});
