import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/json.ts';
import type { ApprovalAsk, PhaseDefinition } from '../../src/task/definition.ts';
import {
  agentStep,
  approval,
  consensus,
  phase,
  retry,
  task,
  wait,
} from '../fixtures/executions/definitions.ts';
import { proofOf, ScriptedWorld, type WorldOptions } from '../fixtures/executions/scripted-world.ts';

const DAY_MS = 86_400_000;

function asking(
  ask: Partial<ApprovalAsk> = {},
  extra: Partial<PhaseDefinition> = {},
  options: WorldOptions = {},
): ScriptedWorld {
  const phases = [
    phase('ask', [approval('ok', ask)], extra),
    phase('use', [agentStep('u')], { dependsOn: ['ask'] }),
  ];
  return new ScriptedWorld(task(phases), { groups: { release: ['bob', 'carol'], nobody: [] }, ...options });
}

function outputOf(world: ScriptedWorld): Json | undefined {
  return world.fold.world.ledger.phases.get('ask')?.results.get('ok')?.output;
}

const files = { subject: { files: ['report.md'] } };

describe('an approval', () => {
  it('waits for a person and gives on who decided, when, and with what words', () => {
    const world = asking();
    expect(world.asked()).toEqual(['ok']);
    expect(world.owedOf('timer')).toEqual([]);
    expect(world.decide('ok', 'granted', { comment: 'good' })).toEqual({ accepted: true });
    expect(outputOf(world)).toEqual({
      approved: true,
      by: 'alice',
      comment: 'good',
      at: world.now,
      voids: 0,
    });
    world.run();
    expect(world.fold.status).toBe('completed');
    expect(world.fold.world.ledger.phases.get('ask')?.outputs).toMatchObject({ ok: { approved: true } });
  });

  it('is a barrier: what stands below it waits', () => {
    const steps = [agentStep('a'), approval('ok'), agentStep('b')];
    const world = new ScriptedWorld(task([phase('work', steps)]));
    expect(world.stepState('ok')).toBe('absent');
    world.succeed(world.claim('a'));
    expect(world.stepState('b')).toBe('absent');
    world.decide('ok');
    expect(world.stepState('b')).toBe('offered');
  });

  it('takes the word of those whom the file names, and of nobody else', () => {
    const world = asking({ approvers: ['alice', 'group:release'] });
    expect(world.decide('ok', 'granted', { by: 'mallory' })).toEqual({
      accepted: false,
      reason: 'not-entitled',
    });
    expect(world.decide('ok', 'rejected', { by: 'group:release' })).toEqual({
      accepted: false,
      reason: 'not-entitled',
    });
    expect(world.fold.refused).toMatchObject({ 'not-entitled': 2 });
    expect(world.decide('ok', 'granted', { by: 'carol' })).toEqual({ accepted: true });
    expect(outputOf(world)).toMatchObject({ by: 'carol' });
  });

  it('is decided once: the first in the log counts', () => {
    const world = asking();
    world.decide('ok', 'granted', {}, 'first');
    expect(world.decide('ok', 'granted', {}, 'first')).toEqual({ accepted: false, reason: 'duplicate' });
    expect(world.decide('ok', 'rejected')).toEqual({ accepted: false, reason: 'already-decided' });
    expect(outputOf(world)).toMatchObject({ approved: true });
  });

  it('hears people alone: no agent and no owner may grant it', () => {
    const world = asking();
    for (const source of ['engine', 'agent.worker'] as const) {
      expect(world.append(source, 'approval.granted', { step: 'ok', by: 'alice' })).toEqual({
        accepted: false,
        reason: 'wrong-role',
      });
    }
    expect(world.decide('u')).toMatchObject({ reason: 'unknown-step' });
    expect(world.append('control', 'approval.granted', { step: 'ok' })).toMatchObject({
      reason: 'malformed',
    });
    expect(world.asked()).toEqual(['ok']);
  });

  it('that is rejected fails its phase, and is not asked again by a retry of the phase', () => {
    const world = asking({}, { retry: retry(3) });
    world.decide('ok', 'rejected', { comment: 'too early' });
    expect(world.fold.error).toMatchObject({
      code: 'APPROVAL_REJECTED',
      message: 'alice rejected it: May ok? (too early)',
      step: 'ok',
    });
    expect(world.fold.status).toBe('failed');
  });

  it('that is rejected goes on where the file says so', () => {
    const world = asking({ onReject: 'continue' });
    world.decide('ok', 'rejected');
    world.run();
    expect(world.fold.status).toBe('completed');
    expect(outputOf(world)).toMatchObject({ approved: false, by: 'alice' });
  });

  it('that is rejected can demand a rollback', () => {
    const world = asking({ onReject: { rollback: { to: 'start-of-day' } } });
    world.decide('ok', 'rejected');
    expect(world.fold.world.ledger.phases.get('ask')?.summary?.error).toMatchObject({
      rollback: { to: 'start-of-day', by: 'alice', reason: 'alice rejected it: May ok?' },
    });
    const undone = asking({ onReject: { rollback: {} } });
    undone.decide('ok', 'rejected');
    expect(undone.fold.world.ledger.rollback).toMatchObject({ origin: 'task', by: 'alice' });
  });

  it('can be asked again by a person who has the failed execution tried again', () => {
    const world = asking();
    world.decide('ok', 'rejected');
    world.control('retry');
    expect(world.asked()).toEqual(['ok']);
    world.decide('ok');
    world.run();
    expect(world.fold.status).toBe('completed');
  });

  it('ends with the execution that is aborted', () => {
    const world = asking(files);
    world.control('abort');
    expect(world.stepState('ok')).toBe('cancelled');
    expect(world.fold.world.ledger.approvals.size).toBe(0);
    expect(world.decide('ok')).toMatchObject({ reason: 'not-accepted-now' });
  });
});

describe('delegation', () => {
  it('lets somebody else decide as well, and the output says by whose word', () => {
    const world = asking({ approvers: ['alice'] });
    expect(world.decide('ok', 'delegated', { by: 'dave', to: 'dave' })).toMatchObject({
      reason: 'not-entitled',
    });
    expect(world.decide('ok', 'delegated', { to: 'dave', comment: 'I am away' })).toEqual({ accepted: true });
    world.restore();
    world.decide('ok', 'granted', { by: 'dave' });
    expect(outputOf(world)).toMatchObject({ approved: true, by: 'dave', delegatedBy: 'alice' });
  });

  it('is refused where the file does not allow it', () => {
    const world = asking({ approvers: ['alice'], delegation: false });
    expect(world.decide('ok', 'delegated', { to: 'dave' })).toMatchObject({ reason: 'not-accepted-now' });
  });
});

describe('what is approved', () => {
  it('is read before it is asked about, and again after the grant', () => {
    const world = asking(files);
    expect(world.stepState('ok')).toBe('opening');
    expect(world.decide('ok')).toMatchObject({ accepted: false });
    world.evaluateNext();
    world.decide('ok');
    expect(world.stepState('ok')).toBe('verifying');
    expect(world.decide('ok', 'rejected')).toMatchObject({ reason: 'already-decided' });
    world.evaluateNext();
    expect(outputOf(world)).toMatchObject({
      approved: true,
      subject: { digest: 'report.md', files: [{ path: 'report.md', digest: 'report.md' }] },
    });
  });

  it('voids the grant when it has changed, and is asked about as it is now', () => {
    const world = asking(files);
    world.evaluateNext();
    world.files.set('report.md', 'changed');
    world.decide('ok', 'granted', { subject: 'report.md' });
    world.evaluateNext();
    expect(world.stepState('ok')).toBe('pending');
    expect(world.fold.world.ledger.approvals.get('ok')).toMatchObject({
      subject: { digest: 'changed' },
      voids: [{ by: 'alice', was: 'report.md', is: 'changed' }],
    });
    world.restore();
    // Whoever has seen only what was there before cannot approve what is there now.
    expect(world.decide('ok', 'granted', { subject: 'report.md' })).toMatchObject({ reason: 'drifted' });
    world.decide('ok', 'granted', { subject: 'changed' });
    world.evaluateNext();
    expect(outputOf(world)).toMatchObject({ approved: true, voids: 1, subject: { digest: 'changed' } });
  });

  it('that cannot be read fails the step and says why', () => {
    const world = asking(files);
    world.failEvaluation('there is no file report.md');
    expect(world.fold.error).toMatchObject({ code: 'PHASE_FAILED', message: 'there is no file report.md' });
  });

  it('is the first reading in the log, not the last', () => {
    const world = asking(files);
    const [effect] = world.owedOf('evaluate');
    world.evaluateNext();
    const late = { evaluationId: effect?.id ?? '', output: { subject: { digest: 'forged' } } };
    expect(world.append('engine', 'evaluation.completed', late)).toMatchObject({ reason: 'stale' });
    expect(world.fold.world.ledger.approvals.get('ok')?.subject?.digest).toBe('report.md');
  });

  it('has to be the same when a later phase begins', () => {
    const world = asking(files);
    world.evaluateNext();
    world.decide('ok');
    world.evaluateNext();
    world.files.set('report.md', 'changed');
    expect(world.phaseState('use')).toBe('verifying');
    world.restore();
    world.evaluateNext();
    expect(world.fold.error).toEqual({
      code: 'APPROVAL_DRIFTED',
      message: 'What alice approved in ok has changed since: report.md was report.md, is changed.',
      phase: 'use',
      step: 'ok',
    });
  });

  it('lets the later phase begin when it is the same, and costs phases nothing that use no such files', () => {
    const world = asking(files);
    world.run();
    world.decide('ok');
    world.run();
    expect(world.fold.status).toBe('completed');
    const plain = asking();
    plain.decide('ok');
    expect(plain.phaseState('use')).toBe('running');
  });

  it('binds nobody after a rollback: it is made anew, and asked about anew', () => {
    const world = new ScriptedWorld(
      task([phase('ask', [approval('ok', files)]), phase('use', [wait('w')], { dependsOn: ['ask'] })]),
    );
    world.run();
    world.decide('ok');
    world.run();
    world.rollback({ afterwards: 'continue' });
    world.files.set('report.md', 'made anew');
    world.run();
    expect(world.asked()).toEqual(['ok']);
    world.decide('ok');
    world.run();
    expect(outputOf(world)).toMatchObject({ subject: { files: [{ digest: 'made anew' }] }, voids: 0 });
    expect(world.phaseState('use')).toBe('running');
  });

  it('can be a value, which needs no second look in later phases', () => {
    const world = asking({ subject: { expression: 'input.plan' } }, {}, { input: { plan: { steps: 3 } } });
    world.evaluateNext();
    expect(world.fold.world.ledger.approvals.get('ok')?.subject).toMatchObject({ value: { steps: 3 } });
    world.decide('ok');
    world.evaluateNext();
    expect(world.phaseState('use')).toBe('running');
  });
});

describe('the deadline of an approval', () => {
  const soon = { deadlineMs: DAY_MS };

  it('fails the step, and a retry of the phase asks again', () => {
    const world = asking({ ...soon, onDeadline: 'fail' }, { retry: retry(2) });
    world.fireOf('step/ok/1/deadline/');
    expect(world.asked()).toEqual(['ok']);
    world.fireOf('step/ok/2/deadline/');
    expect(world.fold.error).toMatchObject({
      code: 'APPROVAL_EXPIRED',
      message: 'Nobody decided in time: May ok?',
    });
  });

  it.each([
    ['continue', { approved: false }],
    ['approve', { approved: true }],
  ] as const)('ends it by %s', (onDeadline, output) => {
    const world = asking({ ...soon, onDeadline });
    world.fireNext();
    expect(outputOf(world)).toMatchObject(output);
    expect(outputOf(world)).not.toHaveProperty('by');
  });

  it('that approves looks at the subject before', () => {
    const world = asking({ ...soon, ...files, onDeadline: 'approve' });
    world.evaluateNext();
    world.files.set('report.md', 'changed');
    world.fireNext();
    world.evaluateNext();
    expect(world.stepState('ok')).toBe('pending');
    world.fireNext();
    world.evaluateNext();
    expect(outputOf(world)).toMatchObject({ approved: true, voids: 1 });
  });

  it('that rejects leads where a rejection does', () => {
    const world = asking({ ...soon, onDeadline: 'reject', onReject: 'continue' });
    world.fireNext();
    expect(outputOf(world)).toMatchObject({ approved: false });
  });

  it('can demand a rollback', () => {
    const world = asking({ ...soon, onDeadline: { rollback: {} } });
    world.fireNext();
    expect(world.fold.world.ledger.phases.get('ask')?.results.get('ok')?.rollback).toMatchObject({
      reason: 'Nobody decided in time: May ok?',
    });
  });

  it('can give more people more time, once', () => {
    const escalate = { to: ['bob'], withinMs: DAY_MS, afterwards: 'fail' as const };
    const world = asking({ ...soon, approvers: ['alice'], onDeadline: { escalate } });
    expect(world.decide('ok', 'granted', { by: 'bob' })).toMatchObject({ reason: 'not-entitled' });
    world.fireNext();
    expect(world.asked()).toEqual(['ok']);
    world.restore();
    world.fireNext();
    expect(world.fold.status).toBe('failed');
    const again = asking({ ...soon, approvers: ['alice'], onDeadline: { escalate } });
    again.fireNext();
    again.decide('ok', 'granted', { by: 'bob' });
    expect(outputOf(again)).toMatchObject({ approved: true, by: 'bob', escalated: true });
  });

  it('goes on while the execution is paused, and grants are taken then', () => {
    const world = asking({ ...soon, onDeadline: 'fail' });
    world.control('pause');
    expect(world.owedOf('timer')).toHaveLength(1);
    world.decide('ok');
    expect(world.stepState('ok')).toBe('succeeded');
    world.control('resume');
    world.run();
    expect(world.fold.status).toBe('completed');

    const late = asking({ ...soon, onDeadline: 'fail' });
    const [timer] = late.owedOf('timer');
    late.control('pause');
    late.advance(DAY_MS);
    expect(late.fire(timer ?? { id: '', dueAt: 0 })).toEqual({ accepted: true });
    expect(late.stepState('ok')).toBe('failed');
  });

  it('is looked at by the log’s clock', () => {
    const world = asking({ ...soon, onDeadline: 'fail' });
    const [timer] = world.owedOf('timer');
    expect(world.append('engine', 'timer.fired', { timerId: timer?.id ?? '' })).toMatchObject({
      reason: 'early-timer',
    });
    expect(world.owedOf('timer')).toEqual([timer]);
  });
});

describe('reminders and escalation', () => {
  it('come again and again until somebody decides', () => {
    const world = asking({ remindMs: DAY_MS });
    const start = world.now;
    for (let day = 1; day <= 30; day += 1) {
      world.fireOf('step/ok/1/remind/');
      expect(world.fold.world.notes).toMatchObject([{ what: 'reminder', run: 'ok' }]);
      world.restore();
      expect(world.owedOf('timer')).toMatchObject([{ dueAt: start + (day + 1) * DAY_MS }]);
    }
    expect(world.fold.world.ledger.approvals.get('ok')?.reminders).toBe(30);
    world.decide('ok');
    expect(world.owedOf('timer')).toEqual([]);
  });

  it('that were missed while nobody drove the execution are one', () => {
    const world = asking({ remindMs: DAY_MS });
    const start = world.now;
    const [timer] = world.owedOf('timer');
    world.advance(10.5 * DAY_MS);
    world.fire(timer ?? { id: '', dueAt: 0 });
    expect(world.owedOf('timer')).toMatchObject([{ dueAt: start + 11 * DAY_MS }]);
  });

  it('let more people decide after a while', () => {
    const world = asking({ approvers: ['alice'], escalate: { afterMs: DAY_MS, to: ['group:release'] } });
    expect(world.decide('ok', 'granted', { by: 'bob' })).toMatchObject({ reason: 'not-entitled' });
    world.fireOf('step/ok/1/escalate/');
    expect(world.owedOf('timer')).toEqual([]);
    world.decide('ok', 'granted', { by: 'bob' });
    expect(outputOf(world)).toMatchObject({ by: 'bob', escalated: true });
  });
});

describe('an agent that asks people', () => {
  function started(
    steps = [agentStep('a'), agentStep('b'), agentStep('c', { agent: 'other' })],
  ): ScriptedWorld {
    return new ScriptedWorld(task([phase('work', steps)]), { groups: { release: ['bob'] } });
  }

  function ask(
    world: ScriptedWorld,
    approval: Json = { question: 'Delete it?', approvers: ['group:release'] },
  ) {
    const claim = world.claim('a');
    return world.append('agent.worker', 'step.asked', { ...proofOf(claim), approval });
  }

  it('ends its attempt and waits, and its role is given nothing else meanwhile', () => {
    const world = started();
    const before = world.owedOf('offer').map(({ step }) => step);
    expect(before).toEqual(['a', 'b', 'c']);
    const offer = world.owedOf('offer').find(({ step }) => step === 'b');
    expect(ask(world)).toEqual({ accepted: true });
    expect(world.stepState('a')).toBe('asking');
    expect(world.fold.claims()).toEqual([]);
    expect(world.owedOf('offer').map(({ step }) => step)).toEqual(['c']);
    expect(world.take(world.claimRecord(offer ?? { step: 'b', attempt: 1, role: 'worker' }))).toEqual({
      accepted: false,
      reason: 'asks-people',
    });
    world.restore();
    expect(world.owedOf('offer').map(({ step }) => step)).toEqual(['c']);
    expect(world.decide('a.approval')).toMatchObject({ reason: 'not-entitled' });
    expect(world.decide('a.approval', 'granted', { by: 'bob', comment: 'yes' })).toEqual({ accepted: true });
    expect(world.fold.drain().map((effect) => effect.id)).toContain(`world/a/2`);
    expect(world.owedOf('offer')).toMatchObject([{ step: 'a', attempt: 2 }, { step: 'b' }, { step: 'c' }]);
    expect(world.fold.world.ledger.answers.get('a')).toMatchObject({
      approved: true,
      by: 'bob',
      comment: 'yes',
    });
    world.run();
    expect(world.fold.status).toBe('completed');
    expect(world.fold.world.ledger.answers.size).toBe(0);
    expect(world.foldAgain().hash()).toBe(world.fold.hash());
  });

  it('hears a no as well, which costs it no attempt', () => {
    const world = started([agentStep('a', { retry: retry(1) })]);
    ask(world, { question: 'Delete it?' });
    world.decide('a.approval', 'rejected', { comment: 'never' });
    expect(world.fold.world.ledger.answers.get('a')).toMatchObject({ approved: false, comment: 'never' });
    expect(world.stepState('a')).toBe('offered');
    world.succeed(world.claim('a'));
    expect(world.fold.status).toBe('completed');
  });

  it('can be aborted, and completed by hand, while it asks', () => {
    const world = started();
    ask(world);
    world.control('abort');
    expect(world.stepState('a')).toBe('cancelled');
    expect(world.fold.world.ledger.approvals.size).toBe(0);
    const other = started([agentStep('a')]);
    ask(other);
    other.complete('a');
    expect(other.fold.status).toBe('completed');
    expect(other.fold.world.steps.size).toBe(0);
  });

  it('is not heard with another’s token', () => {
    const world = started();
    const claim = world.claim('a');
    const approval = { question: 'Delete it?' };
    const said = { ...proofOf(claim), approval, token: 'forged' };
    expect(world.append('agent.worker', 'step.asked', said)).toMatchObject({ reason: 'stale' });
    expect(world.append('agent.other', 'step.asked', { ...proofOf(claim), approval })).toMatchObject({
      reason: 'wrong-role',
    });
  });
});

describe('a step that a person completes by hand', () => {
  const one = (extra = {}) => new ScriptedWorld(task([phase('work', [agentStep('a', extra)])]));

  it('ends with what the person gives, and says who it was', () => {
    const world = one();
    expect(world.complete('a', { made: 'by hand' })).toEqual({ accepted: true });
    expect(world.fold.world.ledger.phases.get('work')?.results.get('a')).toMatchObject({
      status: 'succeeded',
      by: 'alice',
      output: { made: 'by hand' },
      attempts: 0,
    });
    expect(world.fold.status).toBe('completed');
    expect(world.complete('a')).toMatchObject({ reason: 'not-accepted-now' });
  });

  it('takes it while it waits to be tried again', () => {
    const world = one({ retry: retry(3, 1000) });
    world.fail(world.claim());
    world.complete('a');
    expect(world.fold.status).toBe('completed');
  });

  it('lets the agent at work stop first, whose report comes too late', () => {
    const world = one();
    const claim = world.claim();
    world.complete('a', 'mine');
    expect(world.stepState('a')).toBe('draining');
    expect(world.owedOf('cancel')).toMatchObject([{ reason: 'cancelled' }]);
    expect(world.complete('a', 'another')).toMatchObject({ reason: 'not-accepted-now' });
    world.restore();
    world.succeed(claim, 'theirs');
    expect(world.fold.world.ledger.phases.get('work')?.results.get('a')).toMatchObject({
      output: 'mine',
      by: 'alice',
    });
    expect(world.fold.world.ledger.completions.size).toBe(0);
  });

  it('takes it also when the agent is stopped already because it was too slow', () => {
    const world = one({ timeoutMs: 10 });
    const claim = world.claim();
    world.fireNext();
    world.complete('a', 'mine');
    world.expire(claim);
    expect(world.fold.status).toBe('completed');
  });

  it('does not come back to life when it is aborted meanwhile', () => {
    const world = one();
    const claim = world.claim();
    world.complete('a');
    world.control('abort');
    world.release(claim);
    expect(world.stepState('a')).toBe('cancelled');
    expect(world.fold.world.ledger.completions.size).toBe(0);
  });

  it('has to give what the step’s schema asks for', () => {
    const world = one({ outputSchema: { type: 'string' } });
    expect(world.complete('a', 7)).toEqual({ accepted: false, reason: 'output-misfit' });
    expect(world.complete('a', 'text')).toEqual({ accepted: true });
  });

  it('cannot be an approval: that would get around who may decide', () => {
    const world = asking({ approvers: ['bob'] });
    expect(world.complete('ok')).toMatchObject({ reason: 'not-entitled' });
  });

  it('cannot be a ballot: that would be a vote in the name of another', () => {
    const world = new ScriptedWorld(task([phase('work', [consensus('ship', ['a'])])]));
    expect(world.complete('ship-a_1', 'yes')).toMatchObject({ reason: 'not-entitled' });
    world.claim('ship-a_1');
    expect(world.complete('ship-a_1', 'yes')).toMatchObject({ reason: 'not-entitled' });
    expect(world.stepState('ship-a_1')).toBe('claimed');
  });
});
