import { describe, expect, it } from 'vitest';
import { MAX_EXPIRIES } from '../../machines/policy.ts';
import { FAILURE_CLASSES } from '../../src/ports/agent-request.ts';
import type { AgentStep } from '../../src/task/definition.ts';
import { agentStep, agentSteps, phase, retry, task } from '../fixtures/executions/definitions.ts';
import { ScriptedWorld } from '../fixtures/executions/scripted-world.ts';

function oneStep(extra: Partial<AgentStep> = {}): ScriptedWorld {
  return new ScriptedWorld(task([phase('work', [agentStep('s', extra)])]));
}

function resultOf(world: ScriptedWorld, step = 's') {
  return world.fold.world.ledger.phase('work').results.get(step);
}

describe('an offer', () => {
  it('names execution, step and attempt, and carries role and priority', () => {
    const world = oneStep({ agent: 'chair', priority: 3 });
    expect(world.owedOf('offer')).toEqual([
      { kind: 'offer', id: 'world/s/1', step: 's', attempt: 1, role: 'chair', priority: 3 },
    ]);
  });

  it('stays owed until it is claimed, and is not owed after', () => {
    const world = oneStep();
    world.fold.drain();
    expect(world.owedOf('offer')).toHaveLength(1);
    world.claim();
    expect(world.owedWork()).toEqual([]);
    expect(world.fold.drain()).toEqual([]);
  });

  it('ends the step when nobody claims it in time', () => {
    const world = oneStep({ claimWithinMs: 500 });
    const [timer] = world.owedOf('timer');
    expect([timer?.id ?? '', 'step/s/1/7', 'step/gone/1/7'].map((id) => world.fold.owes(id))).toEqual([
      true,
      false,
      false,
    ]);
    expect(timer?.dueAt).toBe(world.fold.world.now + 500);
    world.fireNext();
    expect(resultOf(world)).toMatchObject({
      status: 'failed',
      attempts: 0,
      lastAttempt: 1,
      error: { class: 'timeout', message: 'No host claimed the step for worker within 500 ms.' },
    });
  });

  it('that cannot be made ends the step with its reason', () => {
    const world = oneStep({ retry: retry(5) });
    const error = { class: 'fatal', message: 'unknown variable' } as const;
    world.append('engine', 'offer.failed', { step: 's', attempt: 1, error });
    expect(resultOf(world)).toMatchObject({ status: 'failed', attempts: 0, error });
  });
});

describe('an answer kept from before', () => {
  it('ends the step as a report does, with no claim, no attempt and no cost', () => {
    const world = oneStep();
    expect(world.answer('s', { value: 7 })).toEqual({ accepted: true });
    expect(resultOf(world)).toMatchObject({
      ...{ status: 'succeeded', agent: 'worker', attempts: 0, lastAttempt: 1 },
      ...{ output: { value: 7 }, cached: true },
    });
    expect(world.fold.world.ledger.usage).toEqual({ tokens: 0, usd: 0, timeMs: 0 });
    expect(world.owedWork()).toEqual([]);
    expect(world.fold.status).toBe('completed');
  });

  it('brings the artifacts that belong to it', () => {
    const world = oneStep();
    const artifacts = [{ $artifact: 'sha256:1', bytes: 1 }];
    world.append('engine', 'step.answered', { step: 's', attempt: 1, key: 'k', output: null, artifacts });
    expect(resultOf(world)).toMatchObject({ output: null, artifacts });
  });

  it('counts the attempts that failed before it', () => {
    const world = oneStep({ retry: retry(3) });
    world.fail(world.claim());
    world.fireNext();
    world.answer('s');
    expect(resultOf(world)).toMatchObject({ attempts: 1, lastAttempt: 2 });
  });

  it('is not asked for again when its phase is tried again, and the steps beside it are', () => {
    const world = new ScriptedWorld(
      task([phase('work', agentSteps(2), { retry: retry(2), minSuccess: 'all' })]),
    );
    world.answer('s0', 'kept');
    world.fail(world.claim('s1'), { class: 'fatal' });
    world.run();
    expect(world.fold.status).toBe('completed');
    expect(world.fold.world.ledger.phase('work').outputs).toMatchObject({ worker: ['kept', { by: 's1' }] });
  });
});

describe('a claim', () => {
  it('is listed with host, fence, lease and the time it was taken', () => {
    const world = oneStep({ timeoutMs: 900 });
    const claim = world.claim();
    const { position, at } = world.log.at(-1) ?? {};
    expect(claim).toMatchObject({
      step: 's',
      attempt: 1,
      host: 'host',
      fence: position,
      leaseMs: 30_000,
      at,
    });
    expect(claim.draining).toBe(false);
    expect(world.owedOf('timer')).toMatchObject([{ dueAt: (at ?? 0) + 900 }]);
  });

  it("takes the agent's own timeout when the step names none, and the step's before it", () => {
    const agents = { worker: { name: 'worker', timeoutMs: 700 } };
    const definition = task([phase('work', [agentStep('own'), agentStep('step', { timeoutMs: 300 })])]);
    const world = new ScriptedWorld(definition, { agents });
    const claimedAt = [world.claim('own').at, world.claim('step').at] as const;
    expect(world.owedOf('timer').map(({ dueAt }) => dueAt)).toEqual([claimedAt[0] + 700, claimedAt[1] + 300]);
  });
});

describe('a failure', () => {
  it.each(FAILURE_CLASSES)('of class %s is retried unless it would only be repeated', (kind) => {
    const world = oneStep({ retry: retry(2) });
    world.fail(world.claim(), { class: kind });
    const isFinal = kind === 'fatal' || kind === 'refusal';
    expect(world.stepState('s')).toBe(isFinal ? 'failed' : 'backingOff');
  });

  it('is retried as often as the policy says, the first attempt included', () => {
    const world = oneStep({ retry: retry(3, 100) });
    const waits: number[] = [];
    for (let attempt = 1; attempt < 3; attempt += 1) {
      world.fail(world.claim());
      waits.push((world.owedOf('timer')[0]?.dueAt ?? 0) - world.fold.world.now);
      world.fireNext();
      expect(world.owedOf('offer')).toMatchObject([{ attempt: attempt + 1 }]);
    }
    expect(waits[0]).toBeGreaterThanOrEqual(90);
    expect(waits[0]).toBeLessThanOrEqual(110);
    expect(waits[1]).toBeGreaterThanOrEqual(180);
    expect(waits[1]).toBeLessThanOrEqual(220);
    world.fail(world.claim());
    expect(resultOf(world)).toMatchObject({ status: 'failed', attempts: 3 });
  });

  it('falls back on the retry of the task, and on none', () => {
    const steps = [phase('work', agentSteps(1))];
    const withRetry = new ScriptedWorld(task(steps, { retry: retry(2) }));
    withRetry.fail(withRetry.claim());
    expect(withRetry.stepState('s0')).toBe('backingOff');
    const without = new ScriptedWorld(task(steps));
    without.fail(without.claim());
    expect(without.stepState('s0')).toBe('failed');
  });

  it('waits as long as a rate limit asks, when that is longer', () => {
    const world = oneStep({ retry: retry(2, 10) });
    world.fail(world.claim(), { class: 'rate-limit', retryAfterMs: 5_000 });
    expect(world.owedOf('timer')[0]?.dueAt).toBe(world.fold.world.now + 5_000);
  });

  it('is remembered for the next attempt and forgotten when the step ends', () => {
    const world = oneStep({ retry: retry(2) });
    world.fail(world.claim(), { message: 'first' });
    expect(world.fold.world.ledger.lastErrors.get('s')?.message).toBe('first');
    world.fireNext();
    world.succeed(world.claim());
    expect(world.fold.world.ledger.lastErrors.size).toBe(0);
    expect(resultOf(world)).toMatchObject({ status: 'succeeded', attempts: 2 });
  });

  it('keeps the logs of the attempt that ended the step', () => {
    const world = oneStep();
    const logs = { $artifact: 'sha256:00', bytes: 3 };
    const { step, attempt, fence } = world.claim();
    const error = { class: 'crash', message: 'exit 1' };
    world.append('agent.worker', 'step.failed', { step, attempt, fence, token: 'token', error, logs });
    expect(resultOf(world)).toMatchObject({ error, logs });
  });
});

describe('a lost lease', () => {
  it.each(['expire', 'release'] as const)('(%s) raises the attempt and does not count as one', (how) => {
    const world = oneStep({ retry: retry(2) });
    for (let lost = 1; lost <= 4; lost += 1) {
      world[how](world.claim());
      expect(world.owedOf('offer')).toMatchObject([{ attempt: lost + 1 }]);
    }
    world.fail(world.claim());
    expect(world.stepState('s')).toBe('backingOff');
    world.fireNext();
    world.fail(world.claim());
    expect(resultOf(world)).toMatchObject({ status: 'failed', attempts: 6 });
  });

  it.each(['expire', 'release'] as const)('(%s) ends the step when it happens too often', (how) => {
    const world = oneStep({ retry: retry(100) });
    for (let lost = 1; lost < MAX_EXPIRIES; lost += 1) world[how](world.claim());
    expect(world.stepState('s')).toBe('offered');
    world[how](world.claim());
    expect(resultOf(world)).toMatchObject({
      status: 'failed',
      attempts: MAX_EXPIRIES,
      error: { class: 'crash' },
    });
  });

  it('does not lengthen the backoff', () => {
    const world = oneStep({ retry: retry(3, 100) });
    for (let lost = 0; lost < 5; lost += 1) world.expire(world.claim());
    world.fail(world.claim());
    const wait = (world.owedOf('timer')[0]?.dueAt ?? 0) - world.fold.world.now;
    expect(wait).toBeLessThanOrEqual(110);
  });
});

describe('an overdue attempt', () => {
  it('is not offered again before its host says that it is gone', () => {
    const world = oneStep({ timeoutMs: 100, retry: retry(2) });
    const claim = world.claim();
    world.fireNext();
    expect(world.stepState('s')).toBe('draining');
    expect(world.fold.owed()).toEqual([
      {
        kind: 'cancel',
        id: `cancel/s/${claim.fence}`,
        step: 's',
        attempt: 1,
        fence: claim.fence,
        host: 'host',
        reason: 'timeout',
      },
    ]);
    expect(world.fold.claims()).toMatchObject([{ draining: true }]);
    world.release(claim);
    expect(world.stepState('s')).toBe('backingOff');
    world.fireNext();
    expect(world.owedOf('offer')).toMatchObject([{ attempt: 2 }]);
  });

  it.each([
    ['an output', (world: ScriptedWorld) => world.succeed(world.claimOf('s'))],
    ['a failure', (world: ScriptedWorld) => world.fail(world.claimOf('s'), { class: 'fatal' })],
    ['the end of its lease', (world: ScriptedWorld) => world.expire(world.claimOf('s'))],
  ] as const)('that ends with %s counts as timed out all the same', (_, end) => {
    const world = oneStep({ timeoutMs: 100 });
    world.claim();
    world.fireNext();
    end(world);
    expect(resultOf(world)).toMatchObject({
      status: 'failed',
      attempts: 1,
      error: { class: 'timeout', message: 'The attempt took longer than its timeout of 100 ms.' },
    });
    expect(resultOf(world)?.output).toBeUndefined();
  });

  it('counts what it cost', () => {
    const world = oneStep({ timeoutMs: 100 });
    const claim = world.claim();
    world.fireNext();
    world.succeed(claim, 'late', { usd: 2, tokens: 7 });
    expect(world.fold.world.ledger.usage).toMatchObject({ usd: 2, tokens: 7 });
    expect(world.fold.world.ledger.usage.timeMs).toBe(world.fold.world.now - claim.at);
  });
});

describe('attempts over the tries of a phase', () => {
  it('are numbered through, each try with all its retries', () => {
    const step = agentStep('s', { retry: retry(2) });
    const world = new ScriptedWorld(task([phase('work', [step], { retry: retry(2) })]));
    const offered: number[] = [];
    world.fold.drain();
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      offered.push(world.owedOf('offer')[0]?.attempt ?? 0);
      world.fail(world.claim());
      if (world.stepState('s') === 'backingOff') world.fireNext();
    }
    expect(offered).toEqual([1, 2, 3, 4]);
    expect(world.fold.status).toBe('failed');
    expect(resultOf(world)).toMatchObject({ attempts: 4, lastAttempt: 4 });
  });

  it('leave out the number of an offer that was withdrawn', () => {
    const world = new ScriptedWorld(
      task([phase('work', [agentStep('s')], { timeoutMs: 100, retry: retry(2) })]),
    );
    world.fireOf('phase/0/');
    expect(resultOf(world)).toMatchObject({ status: 'cancelled', attempts: 0, lastAttempt: 1 });
    expect(world.owedOf('offer')).toMatchObject([{ id: 'world/s/2' }]);
  });
});
