import { describe, expect, it } from 'vitest';
import type { Limit } from '../../src/task/definition.ts';
import { agentStep, phase, retry, task } from '../fixtures/executions/definitions.ts';
import { ScriptedWorld } from '../fixtures/executions/scripted-world.ts';

function watched(limits: readonly Limit[], steps = 6, concurrency: { steps?: number } = {}): ScriptedWorld {
  const all = Array.from({ length: steps }, (_, at) => ({ ...agentStep(`s${at}`), retry: retry(3, 0) }));
  return new ScriptedWorld(task([phase('work', all, { limits: [...limits] })], { concurrency }));
}

function deviations(world: ScriptedWorld) {
  return world.fold.world.ledger.phases
    .get('work')
    ?.deviations?.map(({ limit, value, reaction }) => [limit, value, reaction]);
}

describe('a limit of a phase', () => {
  it('on what agents cost is passed by the report that goes beyond it, once', () => {
    const world = watched([{ name: 'dear', usd: 1, reaction: 'notify' }]);
    world.succeed(world.claim('s0'), 'x', { usd: 0.9 });
    expect(deviations(world)).toBeUndefined();
    world.succeed(world.claim('s1'), 'x', { usd: 0.3 });
    world.succeed(world.claim('s2'), 'x', { usd: 5 });
    expect(deviations(world)).toEqual([['dear', expect.closeTo(1.2), 'notify']]);
    expect(world.fold.status).toBe('running');
  });

  it('on the share of failures counts attempts', () => {
    const world = watched([{ name: 'flaky', failureRate: 0.5, reaction: 'notify' }]);
    world.succeed(world.claim('s0'));
    world.fail(world.claim('s1'));
    expect(deviations(world)).toBeUndefined();
    world.fireOf('step/s1');
    world.fail(world.claim('s1'));
    expect(deviations(world)).toEqual([['flaky', expect.closeTo(2 / 3), 'notify']]);
  });

  it('on its duration is passed when its time comes, without any other record', () => {
    const world = watched([{ name: 'long', durationMs: 60_000, reaction: 'notify' }]);
    world.fireNext();
    expect(deviations(world)).toEqual([['long', expect.any(Number), 'notify']]);
    expect(world.owedOf('timer')).toEqual([]);
  });

  it('on its duration does not count pauses', () => {
    const world = watched([{ name: 'long', durationMs: 60_000, reaction: 'notify' }]);
    const [before] = world.owedOf('timer');
    world.control('pause');
    world.now += 5_000;
    world.control('resume');
    const [after] = world.owedOf('timer');
    expect((after?.dueAt ?? 0) - (before?.dueAt ?? 0)).toBeGreaterThanOrEqual(5_000);
  });

  it('slows the phase down: half as many steps at once', () => {
    const world = watched([{ name: 'many', attempts: 1, reaction: 'slow' }], 12, { steps: 4 });
    const first = [world.claim(), world.claim()];
    expect(deviations(world)).toEqual([['many', 2, 'slow']]);
    for (const claim of first) world.succeed(claim);
    expect(world.owedOf('offer')).toHaveLength(2);
    world.succeed(world.claim());
    expect(world.owedOf('offer')).toHaveLength(2);
  });

  it('pauses the execution until a person resumes it', () => {
    const world = watched([{ name: 'many', attempts: 0, reaction: 'pause' }]);
    const claim = world.claim('s0');
    expect(world.fold.status).toBe('pausing');
    expect(world.fold.context.reason).toContain('limit many');
    world.succeed(claim);
    expect(world.fold.status).toBe('paused');
    world.control('resume');
    expect(world.fold.status).toBe('running');
    world.claim('s1');
    expect(world.fold.status).toBe('running');
  });

  it('fails the phase, which is not tried again', () => {
    const world = watched([{ name: 'many', attempts: 0, reaction: 'fail' }]);
    world.claim('s0');
    expect(world.fold.status).toBe('failed');
    expect(world.fold.error).toMatchObject({ code: 'LIMIT_EXCEEDED', phase: 'work' });
  });

  it('demands the rollback that its file names', () => {
    const world = watched([{ name: 'many', attempts: 0, reaction: { rollback: { to: 'before' } } }]);
    world.claim('s0');
    const { error } = world.fold.world.ledger.phases.get('work')?.summary ?? {};
    expect(error?.rollback).toMatchObject({ to: 'before', reason: expect.stringContaining('limit many') });
  });

  it('is the same after a restore, and when the log is folded again', () => {
    const world = watched([
      { name: 'many', attempts: 1, reaction: 'slow' },
      { name: 'long', durationMs: 60_000, reaction: 'notify' },
    ]);
    world.claim();
    world.claim();
    world.fireNext();
    expect(world.foldAgain().hash()).toBe(world.fold.hash());
    expect(deviations(world)).toHaveLength(2);
  });
});

describe('what people are told', () => {
  it('is owed until a record says that it was told', () => {
    const world = watched([{ name: 'many', attempts: 0, reaction: 'notify' }]);
    world.claim('s0');
    const [owed] = world.owedOf('notify');
    expect(owed?.notice).toMatchObject({ kind: 'deviation', phase: 'work', reaction: 'notify' });
    expect(world.append('engine', 'notification.sent', { id: owed?.id ?? '', to: [] })).toEqual({
      accepted: true,
    });
    expect(world.owedOf('notify')).toEqual([]);
    expect(world.append('engine', 'notification.sent', { id: owed?.id ?? '', to: [] })).toMatchObject({
      reason: 'stale',
    });
  });

  it('has failures, and an execution that ends well tells nobody', () => {
    const failing = new ScriptedWorld(task([phase('work', [agentStep('s')])]));
    failing.fail(failing.claim('s'));
    expect(failing.owedOf('notify').map(({ notice }) => notice.kind)).toEqual(['failure']);
    const well = new ScriptedWorld(task([phase('work', [agentStep('s')])]));
    well.succeed(well.claim('s'));
    expect(well.owedOf('notify')).toEqual([]);
  });
});
