import { expect, it } from 'vitest';
import type { Fold } from '../../src/engine/fold.ts';
import { reportOf } from '../../src/engine/report.ts';
import { agentStep, phase, task, World } from './open-world.ts';

async function waiting(): Promise<{ fold: Fold; startedAt: number }> {
  const world = new World();
  const process = await world.open({ worker: () => 'done' });
  const startedAt = world.clock.now();
  const go = { kind: 'wait', id: 'go', title: 'go', signal: 'go' } as const;
  await process.begin(task([phase('a', [go, agentStep('s')])]));
  const fold = await process.engine.state('e');
  if (fold === undefined) throw new Error('there is no execution e');
  return { fold, startedAt };
}

it('tells what is under way up to its own time, which may be long after the last record', async () => {
  const { fold, startedAt } = await waiting();
  const report = reportOf(fold, startedAt + 60_000);
  expect(report.durationMs).toBe(60_000);
  expect(report.phases[0]?.durationMs).toBe(60_000);
  expect(report.phases[0]?.steps[0]).toMatchObject({ status: 'waiting', durationMs: 60_000 });
});

it('tells what is under way up to the last record where it has no time, or an earlier one', async () => {
  const { fold, startedAt } = await waiting();
  expect(reportOf(fold).durationMs).toBe(0);
  expect(reportOf(fold, startedAt - 5).durationMs).toBe(0);
});
