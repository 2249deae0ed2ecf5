import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PhaseDefinition } from '../../src/task/definition.ts';
import {
  agentStep,
  agentSteps,
  aggregate,
  custom,
  phase,
  retry,
  task,
  validation,
  wait,
} from '../fixtures/executions/definitions.ts';
import { type Agent, ScriptedWorld } from '../fixtures/executions/scripted-world.ts';

const offered = (world: ScriptedWorld) => world.owedOf('offer').map(({ step }) => step);

function summaryOf(world: ScriptedWorld, name = 'work') {
  return world.fold.world.ledger.phases.get(name)?.summary;
}

/** Steps named so fail, for good or until an attempt. */
function failing(...steps: readonly string[]): Agent {
  return ({ step }) =>
    steps.includes(step) ? { kind: 'fail', class: 'fatal' } : { kind: 'succeed', output: step };
}

describe('a phase', () => {
  it('waits for those it depends on, and starts at once without any', () => {
    const phases = [
      phase('last', [agentStep('c')], { dependsOn: ['first', 'second'] }),
      phase('first', [agentStep('a')]),
      phase('second', [agentStep('b')]),
    ];
    const world = new ScriptedWorld(task(phases));
    expect(offered(world)).toEqual(['a', 'b']);
    world.succeed(world.claim('a'));
    expect(world.phaseState('last')).toBe('absent');
    world.succeed(world.claim('b'));
    expect(offered(world)).toEqual(['c']);
  });

  it('waits for its turn when the task limits phases, in file order', () => {
    const phases = ['one', 'two', 'three'].map((name) => phase(name, [agentStep(`${name}-step`)]));
    const world = new ScriptedWorld(task(phases, { concurrency: { phases: 2 } }));
    expect(offered(world)).toEqual(['one-step', 'two-step']);
    expect(world.phaseState('three')).toBe('waiting');
    world.succeed(world.claim('two-step'));
    expect(offered(world)).toEqual(['one-step', 'three-step']);
  });

  it('without steps completes at once, with no outputs', () => {
    const world = new ScriptedWorld(task([phase('empty', [])]));
    expect(world.fold.status).toBe('completed');
    expect(world.fold.world.ledger.outputs).toEqual({});
  });

  it('runs its steps side by side, and in file order when it is not parallel', () => {
    const parallel = new ScriptedWorld(task([phase('work', agentSteps(3))]));
    expect(offered(parallel)).toEqual(['s0', 's1', 's2']);
    const ordered = new ScriptedWorld(task([phase('work', agentSteps(3), { parallel: false })]));
    for (const step of ['s0', 's1', 's2']) {
      expect(offered(ordered)).toEqual([step]);
      ordered.succeed(ordered.claim());
    }
    expect(ordered.fold.status).toBe('completed');
  });

  it('starts a barrier when all above it has ended, and what is below when it has', () => {
    const steps = [
      agentStep('a'),
      agentStep('b'),
      aggregate('sum'),
      agentStep('c'),
      wait('w'),
      agentStep('d'),
    ];
    const world = new ScriptedWorld(task([phase('work', steps)]));
    world.succeed(world.claim('b'));
    expect(world.stepState('sum')).toBe('absent');
    world.succeed(world.claim('a'));
    expect(world.stepState('sum')).toBe('evaluating');
    expect(world.stepState('c')).toBe('absent');
    world.evaluateNext();
    expect(offered(world)).toEqual(['c']);
    world.succeed(world.claim('c'));
    expect(offered(world)).toEqual([]);
    world.signal('go');
    expect(offered(world)).toEqual(['d']);
  });

  it('keeps the window full as steps end', () => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(5))], { concurrency: { steps: 2 } }));
    expect(offered(world)).toEqual(['s0', 's1']);
    world.succeed(world.claim('s1'));
    expect(offered(world).sort()).toEqual(['s0', 's2']);
    world.run();
    expect(world.fold.status).toBe('completed');
  });
});

describe('minSuccess', () => {
  it('decides whether a phase completes, by arithmetic alone', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
        fc.constantFrom<number | 'all' | undefined>(undefined, 'all', 0, 1, 2, 3, 6, 7),
        fc.boolean(),
        (count, fails, minSuccess, parallel) => {
          const broken = agentSteps(count).flatMap(({ id }, at) => (fails[at] === true ? [id] : []));
          const definition = task([phase('work', agentSteps(count), { minSuccess, parallel })]);
          const world = new ScriptedWorld(definition, { agent: failing(...broken) }).run();
          const needed = minSuccess === 'all' ? count : (minSuccess ?? 1);
          const completes = count - broken.length >= needed;
          expect(summaryOf(world)?.status).toBe(completes ? 'completed' : 'failed');
          expect(summaryOf(world)?.degraded).toBe(completes && broken.length > 0);
          expect(world.fold.status).toBe(completes ? 'completed' : 'failed');
        },
      ),
      { seed: 20_260_301, numRuns: 150 },
    );
  });

  it('ends a phase in file order as soon as it can no longer be reached', () => {
    const work = phase('work', agentSteps(4), { parallel: false, minSuccess: 'all' });
    const world = new ScriptedWorld(task([work]), { agent: failing('s1') }).run();
    expect(world.stepState('s2')).toBe('absent');
    expect(summaryOf(world)?.error).toEqual({
      code: 'PHASE_FAILED',
      message: 'Phase work needs 4 of 4 agent steps to succeed, and 1 failed (s1: scripted failure).',
      phase: 'work',
      step: 's1',
    });
  });

  it('names three failures at most', () => {
    const agent = failing('s0', 's1', 's2', 's3');
    const world = new ScriptedWorld(task([phase('work', agentSteps(4))]), { agent }).run();
    expect(summaryOf(world)?.error?.message).toMatch(/s0: .*; s1: .*; s2: [^;]*; …\)\.$/);
  });

  it('stops a phase before a barrier that would work with too little', () => {
    const steps = [...agentSteps(2), aggregate('sum')];
    const world = new ScriptedWorld(task([phase('work', steps)]), { agent: failing('s0', 's1') }).run();
    expect(world.stepState('sum')).toBe('absent');
    expect(world.fold.status).toBe('failed');
  });
});

describe('when', () => {
  it.each([
    ['true', 'completed'],
    ['false', 'skipped'],
    ['input.flag', 'skipped'],
  ])('%s leaves the phase %s: only exactly true runs it', (when, status) => {
    const next = phase('next', [agentStep('n')], { dependsOn: ['work'] });
    const definition = task([phase('work', agentSteps(1), { when }), next]);
    const world = new ScriptedWorld(definition, { input: { flag: 'yes' } }).run();
    expect(world.phaseState('work')).toBe(status);
    expect(world.phaseState('next')).toBe('completed');
  });

  it('that cannot be evaluated fails the phase and with it the execution, whatever onFailure and retry say', () => {
    const work = phase('work', agentSteps(1), { when: 'throws', onFailure: 'continue', retry: retry(3) });
    const world = new ScriptedWorld(task([work]));
    expect(world.fold.status).toBe('failed');
    expect(world.fold.error?.message).toBe('when: throws cannot be evaluated: scripted: cannot be evaluated');
    expect(summaryOf(world)).toMatchObject({ tries: 1, startedAt: undefined });
  });

  it('is asked once: a retry goes on with the answer', () => {
    let asked = 0;
    const world = new ScriptedWorld(task([phase('work', agentSteps(1), { when: 'yes', retry: retry(2) })]), {
      rules: { evaluate: () => ++asked > 0, misfits: () => [] },
    });
    world.fail(world.claim());
    expect(world.stepState('s0')).toBe('offered');
    expect(asked).toBe(1);
  });
});

describe('forEach', () => {
  const each = (steps: PhaseDefinition['steps'], extra: Partial<PhaseDefinition> = {}) =>
    new ScriptedWorld(task([phase('work', steps, { forEach: 'input.items', ...extra })]), {
      input: { items: ['first', 'second', 7] },
    });

  it('runs its steps once per item, by the role of the item, and barriers once', () => {
    const world = each([agentStep('s'), aggregate('sum')]);
    world.evaluateNext();
    const offers = world.owedOf('offer');
    expect(offers.map(({ step, role }) => [step, role])).toEqual([
      ['s_1', 'first'],
      ['s_2', 'second'],
      ['s_3', 'worker'],
    ]);
    for (const { step } of offers) world.succeed(world.claim(step));
    expect(world.owedOf('evaluate').map(({ id }) => id)).toEqual(['step/sum/1']);
    world.evaluateNext();
    expect(world.fold.status).toBe('completed');
  });

  it('with no items completes without any step', () => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(2), { forEach: 'input.items' })]), {
      input: { items: [] },
    });
    world.evaluateNext();
    expect(world.fold.status).toBe('completed');
  });

  it('asks for its items once, also over a retry', () => {
    const world = each([agentStep('s')], { retry: retry(2), minSuccess: 'all' });
    world.evaluateNext();
    for (const step of ['s_1', 's_2', 's_3']) world.fail(world.claim(step));
    expect(world.phaseState('work')).toBe('running');
    expect(world.owedOf('evaluate')).toEqual([]);
    expect([...offered(world)].sort()).toEqual(['s_1', 's_2', 's_3']);
  });

  it('that gives no list fails the phase with the reason, and is asked again when it is retried', () => {
    const world = new ScriptedWorld(
      task([phase('work', agentSteps(1), { forEach: 'throws', retry: retry(2) })]),
    );
    world.evaluateNext();
    expect(world.owedOf('evaluate').map(({ id }) => id)).toEqual(['phase/0/items/2']);
    world.evaluateNext();
    expect(world.fold.error?.message).toBe('scripted: cannot be evaluated');
  });

  it('falls back on the role of the step where the items have none', () => {
    const world = each([agentStep('s')]);
    const [items] = world.owedOf('evaluate');
    const output = { items: [1, 2], roles: {} };
    world.append('engine', 'evaluation.completed', { evaluationId: items?.id ?? '', output });
    expect(world.owedOf('offer').map(({ role }) => role)).toEqual(['worker', 'worker']);
  });

  it('does not start its deadline anew when its items are known', () => {
    const world = each([agentStep('s')], { timeoutMs: 1_000 });
    const [before] = world.owedOf('timer');
    world.advance(400);
    world.evaluateNext();
    expect(world.owedOf('timer')).toEqual([before]);
  });
});

describe('a retry of a phase', () => {
  it('runs only what did not succeed, and works out again what was worked out from it', () => {
    const attempts = new Map<string, number>();
    const agent: Agent = ({ step }) => {
      attempts.set(step, (attempts.get(step) ?? 0) + 1);
      return step === 's1' && attempts.get(step) === 1 ? { kind: 'fail' } : { kind: 'succeed', output: step };
    };
    const steps = [...agentSteps(3), validation('check'), aggregate('sum'), custom('report')];
    const world = new ScriptedWorld(task([phase('work', steps, { minSuccess: 'all', retry: retry(2) })]), {
      agent,
    }).run();
    expect(world.fold.status).toBe('completed');
    expect(Object.fromEntries(attempts)).toEqual({ s0: 1, s1: 2, s2: 1 });
    expect(summaryOf(world)).toMatchObject({ tries: 2, degraded: false });
  });

  it('waits its backoff, in which its timer is owed', () => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(1), { retry: retry(3, 1_000) })]));
    world.fail(world.claim());
    expect(world.phaseState('work')).toBe('backingOff');
    const wait = (world.owedOf('timer')[0]?.dueAt ?? 0) - world.fold.world.now;
    expect(wait).toBeGreaterThanOrEqual(900);
    expect(wait).toBeLessThanOrEqual(1_100);
    world.fireNext();
    expect(offered(world)).toEqual(['s0']);
  });

  it('is given up after as many tries as the policy says', () => {
    const work = phase('work', agentSteps(1), { retry: retry(3) });
    const world = new ScriptedWorld(task([work]), { agent: failing('s0') }).run();
    expect(world.fold.status).toBe('failed');
    expect(summaryOf(world)?.tries).toBe(3);
  });
});

describe('the timeout of a phase', () => {
  const timed = (extra: Partial<PhaseDefinition> = {}) =>
    new ScriptedWorld(task([phase('work', agentSteps(3), { timeoutMs: 1_000, ...extra })]));

  it('cancels its steps and fails it at once, while claims still drain', () => {
    const world = timed();
    const claim = world.claim('s0');
    world.succeed(world.claim('s1'));
    world.fireOf('phase/0/');
    expect(world.fold.status).toBe('failed');
    expect(world.fold.error).toEqual({
      code: 'PHASE_TIMED_OUT',
      message: 'Phase work took longer than its timeout of 1000 ms.',
      phase: 'work',
    });
    expect(['s0', 's1', 's2'].map((step) => world.stepState(step))).toEqual([
      'draining',
      'succeeded',
      'cancelled',
    ]);
    expect(world.owedOf('cancel')).toMatchObject([{ step: 's0', reason: 'cancelled' }]);
    world.release(claim);
    expect(world.stepState('s0')).toBe('cancelled');
    expect(world.owedWork()).toEqual([]);
  });

  it('with a retry waits until all has drained, then runs what did not succeed under a new deadline', () => {
    const world = timed({ retry: retry(2) });
    world.succeed(world.claim('s1'));
    const claim = world.claim('s0');
    world.fireOf('phase/0/');
    expect(world.phaseState('work')).toBe('draining');
    expect(offered(world)).toEqual([]);
    world.release(claim);
    expect(offered(world)).toEqual(['s0', 's2']);
    expect(world.owedOf('timer')).toMatchObject([{ dueAt: world.fold.world.now + 1_000 }]);
    world.run();
    expect(world.fold.status).toBe('completed');
  });

  it('is not a deadline of what it waited before it began', () => {
    const phases = [phase('first', [agentStep('a')]), phase('work', agentSteps(1), { timeoutMs: 50 })];
    const world = new ScriptedWorld(task(phases, { concurrency: { phases: 1 } }));
    world.advance(10_000);
    expect(world.owedOf('timer')).toEqual([]);
    world.succeed(world.claim('a'));
    expect(world.owedOf('timer')).toMatchObject([{ dueAt: world.fold.world.now + 50 }]);
  });
});

describe('a validation', () => {
  it('stops the execution with its expression and the values it saw, whatever onFailure and retry say', () => {
    const steps = [agentStep('a'), validation('check', 'false'), agentStep('b')];
    const work = phase('work', steps, { onFailure: 'continue', retry: retry(5) });
    const beside = phase('beside', [agentStep('c')]);
    const world = new ScriptedWorld(task([work, beside], { onFailure: 'continue' }), {
      input: { amount: 3 },
    });
    world.succeed(world.claim('a'));
    world.evaluateNext();
    expect(world.fold.status).toBe('failed');
    expect(world.fold.error).toEqual({
      code: 'VALIDATION_FAILED',
      message: 'false is false, not true',
      phase: 'work',
      step: 'check',
      details: { expression: 'false', values: { amount: 3 } },
    });
    expect(summaryOf(world)?.error).toEqual(world.fold.error);
    expect(summaryOf(world)?.tries).toBe(1);
    expect([world.stepState('b'), world.phaseState('beside')]).toEqual(['absent', 'cancelled']);
  });

  it('that passes lets the phase go on', () => {
    const world = new ScriptedWorld(task([phase('work', [validation('check'), agentStep('b')])])).run();
    expect(world.fold.status).toBe('completed');
  });
});

describe('a step that the owner works out', () => {
  it.each([
    ['custom', custom('c', { strategy: 'fails' } as never), 'scripted: the strategy failed'],
    ['overdue', aggregate('c', { timeoutMs: 100 }), 'The step took longer than its timeout of 100 ms.'],
  ] as const)(
    'fails its phase when it fails (%s), and cancels what runs beside it',
    (kind, step, message) => {
      const world = new ScriptedWorld(
        task([phase('work', kind === 'custom' ? [agentStep('a'), step] : [step])]),
      );
      if (kind === 'custom') world.evaluateNext();
      else world.fireNext();
      expect(world.fold.error).toEqual({ code: 'PHASE_FAILED', message, phase: 'work', step: 'c' });
      if (kind === 'custom') expect(world.stepState('a')).toBe('cancelled');
    },
  );

  it('is worked out again under a new id when its phase is tried again', () => {
    const world = new ScriptedWorld(
      task([phase('work', [custom('c', { strategy: 'fails' } as never)], { retry: retry(3) })]),
    );
    const ids = [1, 2, 3].map(() => {
      const [{ id } = { id: 'none' }] = world.owedOf('evaluate');
      world.evaluateNext();
      return id;
    });
    expect(ids).toEqual(['step/c/1', 'step/c/2', 'step/c/3']);
    expect(world.fold.status).toBe('failed');
  });
});

describe('the outputs of a phase', () => {
  it('that are missing fail it, and say where they were looked for', () => {
    const none = new ScriptedWorld(
      task([phase('work', agentSteps(1), { outputs: [{ name: 'nope' }] })]),
    ).run();
    expect(none.fold.error?.message).toBe('Phase work lists the output "nope", but no step has it.');
    const both = new ScriptedWorld(task([phase('work', agentSteps(2), { outputs: [{ name: 'by' }] })])).run();
    expect(both.fold.error?.message).toBe('Phase work lists the output "by", but 2 steps have it.');
  });

  it('that are expressions are worked out by the owner', () => {
    const outputs = [{ name: 'made', expression: 'input.amount' }];
    const world = new ScriptedWorld(task([phase('work', agentSteps(1), { outputs })]), {
      input: { amount: 3 },
    });
    world.succeed(world.claim());
    expect(world.owedOf('evaluate')).toEqual([
      { kind: 'evaluate', id: 'phase/0/outputs/1', subject: { kind: 'outputs', phase: 'work' } },
    ]);
    world.evaluateNext();
    expect(world.fold.world.ledger.outputs).toEqual({ made: 3 });
  });

  it('that cannot be worked out fail it', () => {
    const outputs = [{ name: 'made', expression: 'throws' }];
    const world = new ScriptedWorld(task([phase('work', agentSteps(1), { outputs })])).run();
    expect(world.fold.error).toMatchObject({
      code: 'PHASE_FAILED',
      message: 'scripted: cannot be evaluated',
    });
  });
});
