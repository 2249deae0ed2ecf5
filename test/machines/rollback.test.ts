import { describe, expect, test } from 'vitest';
import type { Undoing } from '../../machines/ledger.ts';
import { pendingApprovalsOf } from '../../src/engine/pending-approvals.ts';
import { Resident } from '../../src/engine/resident.ts';
import { rollbackReportOf } from '../../src/engine/rollback-report.ts';
import { waitsFor } from '../../src/history/waits-for.ts';
import type { AgentStep } from '../../src/task/definition.ts';
import { agentStep, phase, retry, task, validation, wait } from '../fixtures/executions/definitions.ts';
import { type Agent, ScriptedWorld } from '../fixtures/executions/scripted-world.ts';

const undoable = (id: string, extra: Partial<AgentStep> = {}): AgentStep =>
  agentStep(id, { effect: 'compensable', compensate: agentStep(`undo-${id}`), ...extra });

const rollbackOf = (world: ScriptedWorld) => world.fold.world.ledger.rollback;
const undone = (world: ScriptedWorld): readonly Pick<Undoing, 'step' | 'uncertain' | 'status'>[] =>
  (rollbackOf(world)?.plan ?? []).map(({ step, uncertain, status }) => ({ step, uncertain, status }));
/** Claims of compensations in log order. */
const compensations = (world: ScriptedWorld): string[] =>
  world.log.flatMap(({ type, data }) => {
    const { step } = data as { step?: string };
    return type === 'step.claimed' && step?.startsWith('undo-') === true ? [step] : [];
  });

/** Folded from the start, and restored, the state is the same (I4). */
function expectSame(world: ScriptedWorld): void {
  const hash = world.fold.hash();
  expect(world.foldAgain().hash()).toBe(hash);
  world.restore();
  expect(world.fold.hash()).toBe(hash);
}

const failing =
  (...steps: string[]): Agent =>
  ({ step }) =>
    steps.includes(step) ? { kind: 'fail', class: 'fatal' } : { kind: 'succeed', output: { by: step } };

const three = (extra = {}) =>
  task(
    [
      phase('one', [undoable('a'), undoable('b')], { parallel: false, checkpoint: 'first' }),
      phase('two', [undoable('c'), validation('check', 'false')], { dependsOn: ['one'] }),
    ],
    extra,
  );

describe('what a failure leads to', () => {
  test('everything is undone in reverse order of completion, and the execution is rolled back', () => {
    const world = new ScriptedWorld(three({ onFailure: { rollback: {} } })).run();
    expect(world.fold.status).toBe('rolledBack');
    expect(compensations(world)).toEqual(['undo-c', 'undo-b', 'undo-a']);
    expect(undone(world)).toEqual([
      { step: 'c', uncertain: false, status: 'compensated' },
      { step: 'b', uncertain: false, status: 'compensated' },
      { step: 'a', uncertain: false, status: 'compensated' },
    ]);
    expect(world.stepState('a')).toBe('undone');
    expect(rollbackOf(world)).toMatchObject({
      origin: 'task',
      afterwards: 'stop',
      outcome: 'undone',
      position: 0,
    });
    expect(world.fold.error?.code).toBe('VALIDATION_FAILED');
    expectSame(world);
  });

  test('up to a checkpoint, and no further', () => {
    const world = new ScriptedWorld(three({ onFailure: { rollback: { to: 'first' } } })).run();
    expect(world.fold.status).toBe('rolledBack');
    expect(compensations(world)).toEqual(['undo-c']);
    expect(world.stepState('a')).toBe('succeeded');
    expectSame(world);
  });

  test("a phase's own reaction comes before the task's", () => {
    const definition = task([
      phase('one', [undoable('a'), validation('check', 'false')], { onFailure: { rollback: {} } }),
    ]);
    expect(new ScriptedWorld(definition).run().fold.status).toBe('rolledBack');
  });

  test('a checkpoint that was not made leaves a plain failure that says so', () => {
    const world = new ScriptedWorld(three({ onFailure: { rollback: { to: 'nowhere' } } })).run();
    expect(world.fold.status).toBe('failed');
    expect(world.fold.error?.message).toContain('no checkpoint "nowhere"');
    expect(world.control('retry').accepted).toBe(true);
  });

  test('a task that takes too long is undone', () => {
    const definition = task([phase('one', [undoable('a'), wait('w')])], {
      onFailure: { rollback: {} },
      maxExecutionTimeMs: 1000,
    });
    const world = new ScriptedWorld(definition).run();
    expect(world.fold.status).toBe('rolledBack');
    expect(compensations(world)).toEqual(['undo-a']);
  });
});

describe('going on from the checkpoint', () => {
  const once = (): Agent => {
    let failed = false;
    return ({ step }) => {
      if (step !== 'd' || failed) return { kind: 'succeed', output: { by: step } };
      failed = true;
      return { kind: 'fail', class: 'fatal' };
    };
  };
  const definition = (extra = {}) =>
    task(
      [
        phase('one', [undoable('a')], { checkpoint: true }),
        phase('two', [undoable('c')], { dependsOn: ['one'] }),
        phase('three', [agentStep('d')], { dependsOn: ['two'] }),
      ],
      { onFailure: { rollback: { to: 'one', afterwards: 'continue' } }, ...extra },
    );

  test('what came after it runs again under new attempts', () => {
    const world = new ScriptedWorld(definition(), { agent: once() }).run();
    expect(world.fold.status).toBe('completed');
    const claims = world.log.flatMap(({ type, data }) => {
      const { step, attempt } = data as { step: string; attempt: number };
      return type === 'step.claimed' ? [`${step}/${attempt}`] : [];
    });
    expect(claims).toEqual(['a/1', 'c/1', 'd/1', 'undo-c/1', 'c/2', 'd/2']);
    expectSame(world);
  });

  test('what is done again is undone again, under another id', () => {
    const world = new ScriptedWorld(definition({ rollback: { maxRollbacks: 2 } }), {
      agent: failing('d'),
    }).run();
    expect(compensations(world)).toEqual(['undo-c', 'undo-c_2', 'undo-c_3']);
    expect(world.fold.status).toBe('rolledBack');
    expect(rollbackOf(world)).toMatchObject({ afterwards: 'stop', limited: true });
    expectSame(world);
  });

  test('a person may go on from a checkpoint of what has ended', () => {
    const world = new ScriptedWorld(definition()).run();
    expect(world.fold.status).toBe('completed');
    expect(world.rollback({ to: 'one', afterwards: 'continue' }).accepted).toBe(true);
    world.run();
    expect(world.fold.status).toBe('completed');
    expect(compensations(world)).toEqual(['undo-c']);
    expectSame(world);
  });
});

describe('draining', () => {
  const twoAtOnce = task([phase('one', [undoable('a'), undoable('b'), undoable('c')])]);

  test('nothing is undone while something is claimed, and what it comes to is uncertain', () => {
    const world = new ScriptedWorld(twoAtOnce);
    const a = world.claim('a');
    const b = world.claim('b');
    const c = world.claim('c');
    world.succeed(a);
    expect(world.rollback({ reason: 'no' }).accepted).toBe(true);
    expect(world.fold.status).toBe('rollingBack');
    expect(world.owedOf('offer')).toEqual([]);
    expect(world.succeed(b).accepted).toBe(true);
    expect(world.owedOf('offer')).toEqual([]);
    world.release(c);
    expect(undone(world)).toEqual([
      { step: 'c', uncertain: true, status: 'pending' },
      { step: 'b', uncertain: true, status: 'pending' },
      { step: 'a', uncertain: false, status: 'pending' },
    ]);
    world.run();
    expect(compensations(world)).toEqual(['undo-c', 'undo-b', 'undo-a']);
    expectSame(world);
  });

  test('an outcome that lands while an abort drains does not count, and can be undone', () => {
    const world = new ScriptedWorld(twoAtOnce);
    const a = world.claim('a');
    world.control('abort');
    world.succeed(a);
    expect(world.rollback().accepted).toBe(true);
    world.run();
    expect(world.fold.status).toBe('rolledBack');
    expect(undone(world)).toEqual([{ step: 'a', uncertain: true, status: 'compensated' }]);
  });

  test('an attempt that failed for good may have happened', () => {
    const world = new ScriptedWorld(
      task([phase('one', [undoable('a'), undoable('b')])], { onFailure: { rollback: {} } }),
      { agent: failing('a', 'b') },
    ).run();
    expect(undone(world)).toEqual([
      { step: 'b', uncertain: true, status: 'compensated' },
      { step: 'a', uncertain: true, status: 'compensated' },
    ]);
  });

  test('an abort that rolls back', () => {
    const world = new ScriptedWorld(twoAtOnce);
    world.succeed(world.claim('a'));
    world.append('control', 'abort.requested', { rollback: true, by: 'ann' });
    world.run();
    expect(world.fold.status).toBe('rolledBack');
    expect(rollbackOf(world)).toMatchObject({ by: 'ann', origin: 'person', afterwards: 'stop' });
  });

  test('a step that nobody claimed has nothing to undo', () => {
    const world = new ScriptedWorld(twoAtOnce);
    world.rollback();
    expect(world.fold.status).toBe('rolledBack');
    expect(undone(world)).toEqual([]);
    expect(world.control('retry').accepted).toBe(false);
  });
});

describe('a compensation that fails', () => {
  test('is tried again as its retry says', () => {
    let asked = 0;
    const step = undoable('a', { compensate: agentStep('undo-a', { retry: retry(2) }) });
    const world = new ScriptedWorld(task([phase('one', [step])]), {
      agent: ({ step: run }) => (run === 'undo-a' && asked++ === 0 ? { kind: 'fail' } : { kind: 'succeed' }),
    }).run();
    world.rollback();
    world.run();
    expect(compensations(world)).toEqual(['undo-a', 'undo-a']);
    expect(world.fold.status).toBe('rolledBack');
  });

  test('stops the rollback, which a person can ask for again', () => {
    let broken = true;
    const world = new ScriptedWorld(three(), {
      agent: ({ step }) =>
        broken && step === 'undo-b' ? { kind: 'fail', class: 'fatal' } : { kind: 'succeed' },
    }).run();
    world.rollback();
    world.run();
    expect(world.fold.status).toBe('failed');
    expect(world.fold.error).toMatchObject({ code: 'COMPENSATION_FAILED', step: 'b' });
    expect(world.fold.error?.message).toContain('Not undone: b, a');
    expect(world.control('retry').accepted).toBe(false);
    expectSame(world);
    broken = false;
    expect(world.rollback().accepted).toBe(true);
    world.run();
    expect(world.fold.status).toBe('rolledBack');
    expect(compensations(world)).toEqual(['undo-c', 'undo-b', 'undo-b', 'undo-a']);
    expect(world.fold.error).toBeUndefined();
    expectSame(world);
  });

  test('is skipped where the task says so', () => {
    const world = new ScriptedWorld(three({ rollback: { onFailure: 'skip' } }), {
      agent: failing('undo-b'),
    }).run();
    world.rollback();
    world.run();
    expect(world.fold.status).toBe('rolledBack');
    expect(undone(world).map(({ status }) => status)).toEqual(['compensated', 'skipped', 'compensated']);
  });
});

describe('a compensation that fails where people are asked', () => {
  const asks = { rollback: { onFailure: { approval: { approvers: ['alice'] } } } };
  function asked(step = 'undo-b', extra: object = asks): ScriptedWorld {
    const world = new ScriptedWorld(three(extra), { agent: failing(step) });
    world.run();
    world.rollback();
    while (world.asked().length === 0) {
      const [offer] = world.owedOf('offer');
      if (offer === undefined) break;
      if (offer.step === step) world.fail(world.claim(step), { class: 'fatal', message: 'gone' });
      else world.succeed(world.claim(offer.step));
    }
    return world;
  }

  test('is left, and the rest undone, when they say yes', () => {
    const world = asked();
    expect(pendingApprovalsOf(world.fold)).toMatchObject([
      {
        step: 'undo-b.approval',
        question: 'b could not be undone: gone. Leave it, and go on with the rest?',
      },
    ]);
    expect(rollbackReportOf(world.fold)).toMatchObject({ status: 'asking' });
    expect(rollbackReportOf(world.fold)?.plan.map(({ status }) => status)).toEqual([
      'compensated',
      'asking',
      'pending',
    ]);
    expect(waitsFor(world.fold)).toContain('approval by alice: b could not be undone');
    const resident = new Resident('world');
    resident.fold = world.fold;
    expect(resident.isIdle).toBe(true);
    expect(world.decide('undo-b.approval', 'granted', { by: 'bob' })).toMatchObject({
      reason: 'not-entitled',
    });
    expectSame(world);
    world.decide('undo-b.approval', 'granted', { comment: 'known' });
    expect(undone(world).map(({ status }) => status)).toEqual(['compensated', 'skipped', 'pending']);
    world.succeed(world.claim('undo-a'));
    expect(world.fold.status).toBe('rolledBack');
    expect(rollbackOf(world)?.plan?.[1]?.decision).toMatchObject({
      approved: true,
      by: 'alice',
      comment: 'known',
    });
    expect(world.fold.world.ledger.approvals.size).toBe(0);
    expectSame(world);
  });

  test('stops the rollback when they say no, or nothing in time', () => {
    const world = asked();
    world.decide('undo-b.approval', 'rejected');
    expect(world.fold.status).toBe('failed');
    expect(world.fold.error).toMatchObject({ code: 'COMPENSATION_FAILED', step: 'b' });
    expect(world.fold.error?.message).toContain('alice did not want it left. Not undone: b, a');
    expectSame(world);
    expect(world.rollback().accepted).toBe(true);
    world.fail(world.claim('undo-b'), { class: 'fatal', message: 'still' });
    expect(world.asked()).toEqual(['undo-b.approval']);
    const silent = { approval: { deadlineMs: 10, onDeadline: 'fail' as const } };
    const other = asked('undo-b', { rollback: { onFailure: silent } });
    other.fireOf('step/undo-b.approval/');
    expect(other.fold.status).toBe('failed');
  });

  test('may be decided while the rollback is paused, and ends with an abort', () => {
    const world = asked();
    world.control('pause');
    world.decide('undo-b.approval');
    expect(world.owedOf('offer')).toEqual([]);
    world.control('resume');
    expect(world.owedOf('offer')).toMatchObject([{ step: 'undo-a' }]);
    const other = asked();
    other.control('abort');
    expect(other.fold.world.ledger.approvals.size).toBe(0);
    expect(other.fold.status).toBe('aborted');
    expect(rollbackOf(other)?.outcome).toBe('aborted');
    expectSame(other);
  });
});

describe('what people may say meanwhile', () => {
  test('a pause holds the next compensation back', () => {
    const world = new ScriptedWorld(three()).run();
    world.rollback();
    const claim = world.claim('undo-c');
    expect(world.control('pause').accepted).toBe(true);
    expect(world.fold.status).toBe('pausing');
    world.succeed(claim);
    expect(world.fold.status).toBe('paused');
    expect(world.owedOf('offer')).toEqual([]);
    expectSame(world);
    world.control('resume');
    expect(world.fold.status).toBe('rollingBack');
    world.run();
    expect(world.fold.status).toBe('rolledBack');
    expect(compensations(world)).toEqual(['undo-c', 'undo-b', 'undo-a']);
  });

  test('an abort ends it where it is; another rollback does the rest', () => {
    const world = new ScriptedWorld(three()).run();
    world.rollback();
    const claim = world.claim('undo-c');
    world.control('abort');
    expect(world.fold.status).toBe('aborted');
    world.succeed(claim);
    expect(rollbackOf(world)?.outcome).toBe('aborted');
    expectSame(world);
    world.rollback();
    world.run();
    expect(world.fold.status).toBe('rolledBack');
    expect(compensations(world)).toEqual(['undo-c', 'undo-c', 'undo-b', 'undo-a']);
  });

  test('a second rollback is refused while one is under way', () => {
    const world = new ScriptedWorld(three()).run();
    world.rollback();
    expect(world.rollback().accepted).toBe(false);
  });

  test('one step alone', () => {
    const world = new ScriptedWorld(three()).run();
    expect(world.rollback({ step: 'nothing' }).accepted).toBe(false);
    expect(world.rollback({ step: 'a', afterwards: 'continue' }).accepted).toBe(false);
    expect(world.rollback({ step: 'a' }).accepted).toBe(true);
    world.run();
    expect(compensations(world)).toEqual(['undo-a']);
  });

  test('a checkpoint that is not there', () => {
    const world = new ScriptedWorld(three()).run();
    expect(world.rollback({ to: 'nowhere' })).toEqual({ accepted: false, reason: 'not-accepted-now' });
  });
});

describe("an agent's word", () => {
  const definition = (mayRollback: string[]) =>
    task(
      [
        phase('one', [undoable('a')]),
        phase('two', [agentStep('judge', { agent: 'judge' })], { dependsOn: ['one'] }),
      ],
      {
        mayRollback,
      },
    );
  const judged = (world: ScriptedWorld) => {
    world.succeed(world.claim('a'));
    const claim = world.claim('judge');
    world.append('agent.judge', 'step.succeeded', {
      step: 'judge',
      attempt: claim.attempt,
      fence: claim.fence,
      token: 'token',
      output: 1,
      rollback: { reason: 'unsound' },
    });
    return world.run();
  };

  test('is obeyed from a role that may', () => {
    const world = judged(new ScriptedWorld(definition(['judge'])));
    expect(world.fold.status).toBe('rolledBack');
    expect(rollbackOf(world)).toMatchObject({ origin: 'agent', by: 'judge', reason: 'unsound' });
  });

  test('is noted and not obeyed from others', () => {
    const world = judged(new ScriptedWorld(definition(['other'])));
    expect(world.fold.status).toBe('completed');
    expect(world.fold.world.ledger.phases.get('two')?.results.get('judge')?.refusedRollback).toBe('unsound');
  });
});

describe('artifacts', () => {
  const definition = task(
    [
      phase('one', [undoable('a')], { checkpoint: 'first' }),
      phase('two', [undoable('b'), wait('w')], { dependsOn: ['one'] }),
    ],
    { checkpointArtifacts: ['plan.txt'] },
  );

  const begun = (): ScriptedWorld => {
    const world = new ScriptedWorld(definition);
    world.files.set('plan.txt', 'v0');
    return world.run();
  };

  test('are verified against the checkpoint', () => {
    const world = begun();
    world.rollback({ to: 'first' });
    world.run();
    expect(rollbackOf(world)).toMatchObject({ verified: true });
    expectSame(world);
  });

  test('that differ are named', () => {
    const world = begun();
    world.files.set('plan.txt', 'v1');
    world.rollback();
    world.run();
    expect(world.fold.status).toBe('rolledBack');
    expect(rollbackOf(world)).toMatchObject({
      verified: false,
      differences: [{ path: 'plan.txt', kind: 'changed', was: 'v0', is: 'v1' }],
    });
  });

  test('that could not be measured are not verified', () => {
    const world = begun();
    world.rollback();
    world.run();
    const other = begun();
    other.rollback();
    while (other.owedOf('evaluate').length === 0) other.make(other.moves()[0] as never);
    other.failEvaluation('unreadable');
    expect(rollbackOf(other)).toMatchObject({ verified: false, unmeasured: 'unreadable' });
    expect(other.fold.status).toBe('rolledBack');
  });

  test('nothing begins while a checkpoint is measured', () => {
    const world = new ScriptedWorld(definition);
    expect(world.owedOf('offer')).toEqual([]);
    world.evaluateNext();
    world.succeed(world.claim('a'));
    expect(world.phaseState('two')).toBe('absent');
    world.evaluateNext();
    expect(world.owedOf('offer').map(({ step }) => step)).toEqual(['b']);
  });
});

test('restored after every record, a rollback goes on as if nothing had been', () => {
  const scenarios = [
    new ScriptedWorld(three({ onFailure: { rollback: {} } })),
    new ScriptedWorld(three({ onFailure: { rollback: { to: 'first', afterwards: 'continue' } } })),
    new ScriptedWorld(three({ onFailure: { rollback: {} } }), { agent: failing('undo-b') }),
  ];
  for (const plain of scenarios) {
    const copy = new ScriptedWorld(plain.pinned.definition, {
      agent: ({ step }) =>
        step === 'undo-b' && plain === scenarios[2]
          ? { kind: 'fail', class: 'fatal' }
          : { kind: 'succeed', output: { by: step } },
    });
    plain.run();
    for (let count = 0; count < 1000; count += 1) {
      copy.restore();
      const [move] = copy.moves();
      if (move === undefined) break;
      copy.make(move);
    }
    expect(copy.fold.hash()).toBe(plain.fold.hash());
  }
});
