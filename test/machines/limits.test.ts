import { describe, expect, it } from 'vitest';
import { pendingApprovalsOf } from '../../src/engine/pending-approvals.ts';
import { Resident } from '../../src/engine/resident.ts';
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

describe('a limit beyond which people let a phase go', () => {
  const RUN = 'work.many.approval';
  const asks = (more: object = {}): Limit => ({
    name: 'many',
    attempts: 1,
    reaction: { approval: { approvers: ['alice'], ...more } },
  });

  /** `s0` and `s1` are claimed, and the rest is held back. */
  function asked(limits: readonly Limit[] = [asks()], steps = 4): ScriptedWorld {
    const world = watched(limits, steps, { steps: 3 });
    world.claim('s0');
    world.claim('s1');
    return world;
  }

  it('begins nothing new until they decide; what runs goes on', () => {
    const world = asked();
    expect(pendingApprovalsOf(world.fold)).toMatchObject([
      {
        step: RUN,
        phase: 'work',
        question: 'Phase work went beyond its limit many: there were 2 attempts, and may be 1. Go on?',
      },
    ]);
    expect(world.owedOf('offer')).toEqual([]);
    expect(world.take(world.claimRecord({ step: 's2', attempt: 1, role: 'worker' }))).toMatchObject({
      reason: 'asks-people',
    });
    world.succeed(world.claimOf('s0'));
    world.fail(world.claimOf('s1'));
    expect(world.stepState('s1')).toBe('backingOff');
    expect(world.owedOf('offer')).toEqual([]);
    expect(world.owedOf('timer')).toEqual([]);
    expect(world.stepState('s3')).toBe('absent');
    world.restore();
    expect(world.owedWork()).toEqual([]);
    const resident = new Resident('world');
    resident.fold = world.fold;
    expect(resident.isIdle).toBe(true);
    expect(world.decide(RUN, 'granted', { by: 'bob' })).toMatchObject({ reason: 'not-entitled' });
    world.now += 1_000;
    expect(world.decide(RUN)).toEqual({ accepted: true });
    expect(world.owedOf('offer').map(({ step }) => step)).toEqual(['s2', 's3']);
    world.run();
    expect(world.fold.status).toBe('completed');
    expect(world.fold.world.ledger.phases.get('work')?.deviations).toMatchObject([
      { limit: 'many', reaction: 'approval', decision: { approved: true, by: 'alice' } },
    ]);
    expect(world.fold.world.ledger.approvals.size).toBe(0);
    expect(world.foldAgain().hash()).toBe(world.fold.hash());
  });

  it('fails the phase when they say no, and undoes what the file says when nobody says anything', () => {
    const world = asked();
    world.decide(RUN, 'rejected');
    expect(world.fold.status).toBe('failed');
    expect(world.fold.error).toMatchObject({ code: 'LIMIT_EXCEEDED', phase: 'work' });
    expect(world.fold.error?.message).toContain('and may be 1. alice did not let it go on.');
    const silent = asked([asks({ deadlineMs: 10, onDeadline: { rollback: {} } })]);
    for (const claim of silent.fold.claims()) silent.succeed({ ...claim, token: 'token' } as never);
    silent.fireOf(`step/${RUN}/`);
    expect(silent.fold.status).toBe('rolledBack');
  });

  it('does not end while they are asked, even when nothing is left to begin', () => {
    const world = asked([asks()], 2);
    world.succeed(world.claimOf('s0'));
    world.succeed(world.claimOf('s1'));
    expect(world.phaseState('work')).toBe('running');
    world.decide(RUN);
    expect(world.fold.status).toBe('completed');
  });

  it('asks about one limit after the other, and heeds those that need nobody meanwhile', () => {
    const dear: Limit = { name: 'dear', usd: 1, reaction: { approval: {} } };
    const world = asked([asks(), dear, { name: 'flaky', failureRate: 0.5, reaction: 'fail' }]);
    world.succeed(world.claimOf('s0'), 'x', { usd: 2 });
    expect(world.asked()).toEqual([RUN]);
    world.decide(RUN);
    expect(world.asked()).toEqual(['work.dear.approval']);
    const other = asked([asks(), { name: 'flaky', failureRate: 0.5, reaction: 'fail' }]);
    other.fail(other.claimOf('s0'));
    expect(other.fold.error).toMatchObject({ message: expect.stringContaining('flaky') });
    expect(other.asked()).toEqual([]);
    expect(other.fold.world.ledger.approvals.size).toBe(0);
    expect(other.foldAgain().hash()).toBe(other.fold.hash());
  });

  it('keeps the time of what is held back, also over a pause', () => {
    const step = { ...agentStep('s1'), claimWithinMs: 100 };
    const world = new ScriptedWorld(
      task([phase('work', [agentStep('s0'), step], { limits: [{ ...asks(), attempts: 0 }] })]),
    );
    const [before] = world.owedOf('timer');
    world.claim('s0');
    const from = world.now;
    if (before?.kind === 'timer') expect(world.fire(before)).toMatchObject({ reason: 'not-running' });
    world.now += 500;
    world.control('pause');
    world.now += 500;
    world.control('resume');
    world.now += 500;
    world.decide(RUN);
    const [after] = world.owedOf('timer');
    expect((after?.dueAt ?? 0) - (before?.dueAt ?? 0)).toBeGreaterThanOrEqual(1_500);
    expect((after?.dueAt ?? 0) - (before?.dueAt ?? 0)).toBeLessThanOrEqual(world.now - from + 1);
  });

  it('is aborted, and cancelled with its phase, while it asks', () => {
    const world = asked();
    world.control('abort');
    expect(world.asked()).toEqual([]);
    expect(world.fold.world.ledger.approvals.size).toBe(0);
  });

  it('is called by its phase, also where two are called alike', () => {
    const phases = ['A b', 'a B', 'Ж'].map((name, at) =>
      phase(name, [agentStep(`s${at}`)], {
        limits: [{ name: 'ж', attempts: 0, reaction: { approval: {} } }],
      }),
    );
    const world = new ScriptedWorld(task(phases));
    for (const at of [0, 1, 2]) world.claim(`s${at}`);
    expect(world.asked()).toEqual(['a-b.limit.approval', 'a-b-2.limit.approval', 'phase-3.limit.approval']);
  });
});
