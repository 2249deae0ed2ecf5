import { describe, expect, it } from 'vitest';
import {
  agentStep,
  agentSteps,
  custom,
  phase,
  retry,
  task,
  wait,
} from '../fixtures/executions/definitions.ts';
import { ScriptedWorld } from '../fixtures/executions/scripted-world.ts';

const PAUSE_MS = 60_000;

/** Deadlines by the timer's id without the deadline itself. */
function deadlines(world: ScriptedWorld): { readonly [id: string]: number } {
  const timers = world
    .owedOf('timer')
    .map(({ id, dueAt }) => [id.slice(0, id.lastIndexOf('/')), dueAt] as const);
  return Object.fromEntries(timers);
}

/** Pauses at once, waits, resumes; says how long it stood still in log time. */
function pauseFor(world: ScriptedWorld, ms: number): number {
  world.control('pause');
  const since = world.fold.world.now;
  world.advance(ms);
  world.control('resume');
  return world.fold.world.now - since;
}

describe('pause', () => {
  it('is complete at once when nothing is claimed', () => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(1))]));
    expect(world.control('pause', 'lunch').accepted).toBe(true);
    expect(world.fold.status).toBe('paused');
    expect(world.fold.context.reason).toBe('lunch');
  });

  it.each([
    ['succeeds', (world: ScriptedWorld) => world.succeed(world.claimOf('s1'))],
    ['fails', (world: ScriptedWorld) => world.fail(world.claimOf('s1'))],
    ['is given up', (world: ScriptedWorld) => world.release(world.claimOf('s1'))],
    ['loses its lease', (world: ScriptedWorld) => world.expire(world.claimOf('s1'))],
  ] as const)('waits for every claim, the last of which %s', (_, end) => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(3), { minSuccess: 0 })]));
    world.claim('s0');
    world.claim('s1');
    world.control('pause');
    expect(world.fold.claims().map(({ step }) => step)).toEqual(['s0', 's1']);
    world.succeed(world.claimOf('s0'));
    expect(world.fold.status).toBe('pausing');
    end(world);
    expect(world.fold.status).toBe('paused');
    expect(world.fold.claims()).toEqual([]);
    expect(world.owedWork()).toEqual([]);
  });

  it('refuses claims while it is coming and while it lasts', () => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(2))]));
    const late = world.claimRecord({ step: 's1', attempt: 1, role: 'worker' });
    world.claim('s0');
    world.control('pause');
    expect(world.take({ ...late, position: late.position + 100 })).toMatchObject({ reason: 'not-running' });
    world.succeed(world.claimOf('s0'));
    expect(world.fold.status).toBe('paused');
    const again = world.claimRecord({ step: 's1', attempt: 1, role: 'worker' });
    expect(world.take(again)).toMatchObject({ accepted: false, reason: 'not-running' });
    expect(world.stepState('s1')).toBe('offered');
  });

  it('cannot be asked for twice, nor ended when it is not on', () => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(1))]));
    expect(world.control('resume').accepted).toBe(false);
    world.claim();
    world.control('pause');
    expect(world.control('pause').accepted).toBe(false);
    world.succeed(world.claimOf('s0'));
    expect(world.control('pause').accepted).toBe(false);
  });

  it('moves the deadlines of what waits by its length, and not those of claimed attempts', () => {
    const world = new ScriptedWorld(
      task(
        [
          phase(
            'work',
            [
              agentStep('offered', { claimWithinMs: 1_000 }),
              agentStep('backing', { retry: retry(2, 2_000) }),
              agentStep('claimed', { timeoutMs: 900_000 }),
              custom('custom', { timeoutMs: 4_000 }),
            ],
            { timeoutMs: 5_000 },
          ),
          phase('signal', [wait('w', 'go', { timeoutMs: 6_000 })]),
          phase('items', [agentStep('i')], { forEach: 'input.items', timeoutMs: 7_000 }),
          phase('outputs', [], { outputs: [{ name: 'made', expression: 'true' }], timeoutMs: 8_000 }),
        ],
        { maxExecutionTimeMs: 9_000 },
      ),
      { input: { items: [] } },
    );
    world.fail(world.claim('backing'));
    world.claim('claimed');
    const before = deadlines(world);
    expect(Object.keys(before)).toHaveLength(9);
    const stood = pauseFor(world, PAUSE_MS);
    expect(world.fold.status).toBe('running');
    const after = deadlines(world);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const [id, dueAt] of Object.entries(before)) {
      expect([id, after[id]]).toEqual([id, id.startsWith('step/claimed/') ? dueAt : dueAt + stood]);
    }
  });

  it('moves the deadline of a phase that waits to try again, and of one whose steps still drain', () => {
    const backing = phase('backing', [agentStep('a')], { retry: retry(2, 3_000) });
    const draining = phase('draining', [agentStep('b')], { retry: retry(2, 4_000), timeoutMs: 50 });
    const world = new ScriptedWorld(task([backing, draining]));
    world.fail(world.claim('a'));
    const before = deadlines(world)['phase/0/2'] ?? 0;
    const stood = pauseFor(world, PAUSE_MS);
    expect(deadlines(world)['phase/0/2']).toBe(before + stood);
    world.claim('b');
    world.fireOf('phase/1/');
    const timedOutAt = world.fold.world.now;
    expect(world.phaseState('draining')).toBe('draining');
    const stoodAgain = pauseFor(world, PAUSE_MS);
    world.release(world.claimOf('b'));
    const due = deadlines(world)['phase/1/2'] ?? 0;
    expect(due).toBeGreaterThanOrEqual(timedOutAt + 3_600 + stoodAgain);
    expect(due).toBeLessThanOrEqual(timedOutAt + 4_400 + stoodAgain);
  });

  it('counts what begins during it from the resume', () => {
    const world = new ScriptedWorld(
      task([
        phase('first', [agentStep('a')]),
        phase('then', [agentStep('b', { claimWithinMs: 1_000 })], { dependsOn: ['first'], timeoutMs: 2_000 }),
        phase('also', [wait('w', 'go', { timeoutMs: 3_000 })], { dependsOn: ['first'] }),
        phase('last', [custom('c', { timeoutMs: 4_000 })], { dependsOn: ['first'] }),
      ]),
    );
    const claim = world.claim('a');
    world.control('pause');
    world.advance(PAUSE_MS);
    world.succeed(claim);
    world.advance(PAUSE_MS);
    world.control('resume');
    const { now } = world.fold.world;
    expect(deadlines(world)).toEqual({
      'step/b/1': now + 1_000,
      'phase/1/1': now + 2_000,
      'step/w/1': now + 3_000,
      'step/c/1': now + 4_000,
    });
  });

  it('counts a backoff that begins during it from the resume, also over a restore', () => {
    const world = new ScriptedWorld(task([phase('work', [agentStep('a', { retry: retry(2, 1_000) })])]));
    const claim = world.claim('a');
    world.control('pause');
    world.advance(PAUSE_MS);
    world.restore();
    world.fail(claim);
    world.restore();
    world.advance(PAUSE_MS);
    world.control('resume');
    const due = (deadlines(world)['step/a/2'] ?? 0) - world.fold.world.now;
    expect(due).toBeGreaterThanOrEqual(900);
    expect(due).toBeLessThanOrEqual(1_100);
  });

  it('lets no frozen deadline come, but that of a claimed attempt', () => {
    const world = new ScriptedWorld(
      task([phase('work', [agentStep('a', { timeoutMs: 100 }), agentStep('b', { claimWithinMs: 100 })])], {
        maxExecutionTimeMs: 100,
      }),
    );
    world.claim('a');
    const timers = world.owedOf('timer');
    world.control('pause');
    expect(world.owedOf('timer').map(({ id }) => id)).toEqual([expect.stringMatching(/^step\/a\//)]);
    for (const timer of timers) {
      const frozen = !timer.id.startsWith('step/a/');
      expect(world.fire(timer)).toEqual(
        frozen ? { accepted: false, reason: 'not-running' } : { accepted: true },
      );
    }
    expect(world.stepState('a')).toBe('draining');
    expect(world.owedOf('cancel').map(({ step, reason }) => [step, reason])).toEqual([['a', 'timeout']]);
    expect(world.fold.status).toBe('pausing');
    world.release(world.claimOf('a'));
    expect(world.fold.status).toBe('paused');
  });

  it('offers again what was offered when it ends', () => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(3))]));
    const offered = world.owedOf('offer');
    world.control('pause');
    world.fold.drain();
    world.control('resume');
    expect(world.fold.drain()).toEqual(offered);
    world.run();
    expect(world.fold.status).toBe('completed');
  });

  it('can be taken back before it is complete', () => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(1))]));
    const claim = world.claim();
    world.control('pause', 'by mistake');
    world.control('resume');
    expect(world.fold.status).toBe('running');
    expect(world.fold.context.reason).toBeUndefined();
    world.succeed(claim);
    expect(world.fold.status).toBe('completed');
  });

  it('lets an evaluation under way come in, and owes what follows only after it', () => {
    const world = new ScriptedWorld(
      task([phase('work', [custom('c')]), phase('next', [agentStep('n')], { dependsOn: ['work'] })]),
    );
    const [evaluation] = world.owedOf('evaluate');
    world.control('pause');
    expect(world.owedWork()).toEqual([]);
    world.append('engine', 'evaluation.completed', { evaluationId: evaluation?.id ?? '', output: 1 });
    expect(world.stepState('n')).toBe('offered');
    expect(world.owedWork()).toEqual([]);
    world.control('resume');
    expect(world.owedOf('offer').map(({ step }) => step)).toEqual(['n']);
  });

  it('keeps the end of the execution waiting: completed, failed, over budget', () => {
    const ends = [
      (world: ScriptedWorld) => world.succeed(world.claimOf('s0')),
      (world: ScriptedWorld) => world.fail(world.claimOf('s0')),
      (world: ScriptedWorld) => world.succeed(world.claimOf('s0'), 1, { usd: 9 }),
    ];
    const statuses = ends.map((end) => {
      const world = new ScriptedWorld(task([phase('work', agentSteps(1))], { budget: { usd: 5 } }));
      world.claim();
      world.control('pause');
      end(world);
      expect(world.fold.status).toBe('paused');
      world.control('resume');
      return [world.fold.status, world.fold.error?.code];
    });
    expect(statuses).toEqual([
      ['completed', undefined],
      ['failed', 'PHASE_FAILED'],
      ['failed', 'BUDGET_EXCEEDED'],
    ]);
  });

  it('keeps the first reason to fail', () => {
    const phases = [phase('work', agentSteps(1)), phase('dear', [agentStep('d')])];
    const world = new ScriptedWorld(task(phases, { budget: { usd: 5 } }));
    world.claim('s0');
    world.claim('d');
    world.control('pause');
    world.fail(world.claimOf('s0'));
    world.succeed(world.claimOf('d'), 1, { usd: 9 });
    world.control('resume');
    expect(world.fold.error).toMatchObject({ code: 'PHASE_FAILED', phase: 'work' });
  });

  it('can be aborted', () => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(1))]));
    world.control('pause', 'lunch');
    world.control('abort', 'not hungry');
    expect(world.fold.status).toBe('aborted');
    expect(world.fold.context).toMatchObject({ reason: 'not hungry', pausedAt: undefined });
    expect(world.owedWork()).toEqual([]);
  });
});
