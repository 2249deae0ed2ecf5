import { describe, expect, it } from 'vitest';
import type { AnyTransitionDefinition } from 'xstate';
import { consensusMachine } from '../../machines/consensus.ts';
import { pendingApprovalsOf } from '../../src/engine/pending-approvals.ts';
import { Resident } from '../../src/engine/resident.ts';
import type { Json } from '../../src/json.ts';
import type { ConsensusStep } from '../../src/task/definition.ts';
import { consensus, phase, retry, task } from '../fixtures/executions/definitions.ts';
import { proofOf, ScriptedWorld } from '../fixtures/executions/scripted-world.ts';
import { edgesOf, recordTransitions } from '../fixtures/executions/transitions.ts';

type Extra = Parameters<typeof consensus>[2];

/** What the tests below had the machine do. */
const taken = new Set<AnyTransitionDefinition>();

function voting(voters: readonly string[] = ['a', 'b', 'c'], extra: Extra = {}): ScriptedWorld {
  return new ScriptedWorld(task([phase('work', [consensus('ship', voters, extra)], { timeoutMs: 10_000 })]), {
    onFold: (fold) => recordTransitions(fold, taken),
  });
}

/** Each in turn claims its ballot and votes. */
function vote(world: ScriptedWorld, votes: { readonly [agent: string]: Json }, round = 1): void {
  for (const [agent, output] of Object.entries(votes))
    world.succeed(world.claim(`ship-${agent}_${round}`), output);
}

function decisionOf(world: ScriptedWorld): { readonly [key: string]: Json } {
  return world.fold.world.ledger.phases.get('work')?.results.get('ship')?.output as never;
}

describe('a vote', () => {
  it('is offered to all agents at once, and ends with the decision of the majority', () => {
    const world = voting();
    expect(world.owedOf('offer').map(({ step }) => step)).toEqual(['ship-a_1', 'ship-b_1', 'ship-c_1']);
    vote(world, { a: { choice: 'yes', reason: 'good' }, b: { choice: 'no', reason: 'bad' }, c: 'yes' });
    expect(world.fold.status).toBe('completed');
    expect(world.fold.world.ledger.outputs).toMatchObject({
      question: 'ship?',
      decision: 'yes',
      method: 'majority',
      tally: { yes: 2, no: 1 },
      quorum: { present: 3, of: 3, isMet: true },
      dissent: [{ voter: 'b', choice: 'no', reason: 'bad', weight: 1 }],
      reasons: [{ voter: 'a', reason: 'good' }],
      abstentions: [],
      rounds: 1,
    });
  });

  it('counts each ballot once, and refuses and counts what comes late', () => {
    const world = voting(['a', 'b', 'c'], { deadlineMs: 100 });
    const a = world.claim('ship-a_1');
    world.succeed(a, 'yes');
    expect(world.succeed(a, 'no')).toEqual({ accepted: false, reason: 'late-ballot' });
    const late = world.claim('ship-b_1');
    world.succeed(world.claim('ship-c_1'), 'yes');
    world.fireOf('step/ship/');
    expect(world.stepState('ship')).toBe('draining');
    expect(world.succeed(late, 'no')).toEqual({ accepted: true });
    expect(decisionOf(world)).toMatchObject({
      decision: 'yes',
      tally: { yes: 2, no: 0 },
      abstentions: [{ voter: 'b', reason: 'did not vote in time' }],
    });
    expect(world.succeed(late, 'no')).toEqual({ accepted: false, reason: 'late-ballot' });
    expect(world.fold.refused).toEqual({ 'late-ballot': 2 });
  });

  it('refuses a ballot with a wrong token, of a wrong role, and with the fence of another', () => {
    const world = voting();
    const a = world.claim('ship-a_1');
    const b = world.claim('ship-b_1');
    const forged = { step: a.step, attempt: 1, fence: a.fence, token: 'guessed', output: 'no' };
    expect(world.append('agent.a', 'step.succeeded', forged)).toMatchObject({ reason: 'stale' });
    expect(world.append('agent.b', 'step.succeeded', { ...forged, token: 'token' })).toMatchObject({
      reason: 'wrong-role',
    });
    expect(
      world.append('agent.a', 'step.succeeded', { ...forged, token: 'token', fence: b.fence }),
    ).toMatchObject({
      reason: 'stale',
    });
    expect(world.stepState('ship-a_1')).toBe('claimed');
  });

  it('counts a voter that fails, a ballot that does not fit and one that abstains as abstentions', () => {
    const world = voting(['a', 'b', 'c', 'd', 'e'], { quorum: { voters: 2 } });
    world.fail(world.claim('ship-a_1'), { class: 'fatal', message: 'broken' });
    vote(world, {
      b: { choice: 'maybe' },
      c: { abstain: true, reason: 'conflict of interest' },
      d: 'no',
      e: 'no',
    });
    expect(decisionOf(world)).toMatchObject({
      decision: 'no',
      abstentions: [
        { voter: 'a', reason: 'broken' },
        { voter: 'b', reason: "invalid ballot: 'maybe' is not one of the choices: yes, no" },
        { voter: 'c', reason: 'conflict of interest' },
      ],
    });
  });

  it('lets a voter that fails try again as the step says', () => {
    const world = voting(['a'], { retry: retry(2) });
    world.fail(world.claim('ship-a_1'));
    world.fireNext();
    expect(world.claim('ship-a_1').attempt).toBe(2);
    world.succeed(world.claimOf('ship-a_1'), 'yes');
    expect(world.fold.status).toBe('completed');
  });

  it('without a decision fails with the reason, and is not for the phase to repeat when it decided against', () => {
    const world = voting(['a', 'b']);
    vote(world, { a: 'yes', b: 'no' });
    expect(world.fold.error).toMatchObject({
      code: 'PHASE_FAILED',
      step: 'ship',
      message: "No decision: A tie between 'yes' and 'no'. yes 1, no 1 (voted: 2 of 2).",
    });
    const against = new ScriptedWorld(
      task([phase('work', [consensus('ship', ['a'], { onDecision: { no: 'fail' } })], { retry: retry(3) })]),
    );
    vote(against, { a: 'no' });
    expect(against.fold.status).toBe('failed');
    expect(against.fold.error).toMatchObject({ code: 'DECIDED_AGAINST' });
  });

  it('asks for a rollback where the file says so', () => {
    const world = voting(['a'], { onDecision: { no: { rollback: { to: 'safe' } } } });
    vote(world, { a: 'no' });
    expect(demandOf(world)).toMatchObject({ to: 'safe' });
    const deadlocked = voting(['a', 'b'], { onDeadlock: { rollback: {} } });
    vote(deadlocked, { a: 'yes', b: 'no' });
    expect(demandOf(deadlocked)).toMatchObject({ reason: expect.stringContaining('tie') });
    expect(deadlocked.fold.status).toBe('rolledBack');
  });

  it('that is held again after a rollback leads to what its own decision says', () => {
    const step = consensus('ship', ['a', 'b'], { onDecision: { no: { rollback: {} } } });
    const world = new ScriptedWorld(
      task([phase('work', [step])], { rollback: { onFailure: 'stop', afterwards: 'continue' } }),
    );
    vote(world, { a: 'no', b: 'no' });
    vote(world, { a: 'yes', b: 'no' }, 2);
    expect(world.fold.status).toBe('failed');
    expect(world.fold.world.ledger.rollbacks).toHaveLength(1);
  });

  it('takes the choice that the file names for a deadlock', () => {
    const world = voting(['a', 'b'], { onDeadlock: { choice: 'no' } });
    vote(world, { a: 'yes', b: 'no' });
    expect(decisionOf(world)).toMatchObject({ decision: 'no', deadlock: "A tie between 'yes' and 'no'." });
  });
});

describe('a vote that people decide when it deadlocks', () => {
  function deadlocked(extra: Extra = {}): ScriptedWorld {
    const world = voting(['a', 'b'], { onDeadlock: { approval: { approvers: ['alice'] } }, ...extra });
    vote(world, { a: 'yes', b: 'no' });
    return world;
  }

  it('asks them with the reason, and takes the first choice for a yes', () => {
    const world = deadlocked();
    expect(world.stepState('ship')).toBe('asking');
    expect(pendingApprovalsOf(world.fold)).toMatchObject([
      {
        step: 'ship.approval',
        question:
          "ship? The vote came to no decision. A tie between 'yes' and 'no'. yes 1, no 1 (voted: 2 of 2). Approved it is 'yes', rejected 'no'.",
        approvers: ['alice'],
      },
    ]);
    expect(world.owedOf('offer')).toEqual([]);
    const resident = new Resident('world');
    resident.fold = world.fold;
    expect(resident.isIdle).toBe(true);
    world.restore();
    expect(world.decide('ship.approval', 'granted', { by: 'bob' })).toMatchObject({ reason: 'not-entitled' });
    world.decide('ship.approval', 'granted', { comment: 'go' });
    expect(world.fold.status).toBe('completed');
    expect(decisionOf(world)).toMatchObject({
      decision: 'yes',
      by: 'alice',
      comment: 'go',
      deadlock: "A tie between 'yes' and 'no'.",
    });
    expect(world.fold.world.ledger.approvals.size).toBe(0);
    expect(world.fold.world.steps.size).toBe(0);
    expect(world.foldAgain().hash()).toBe(world.fold.hash());
  });

  it('takes the last choice for a no, with what the file says of it', () => {
    const world = deadlocked({ onDecision: { no: { rollback: {} } } });
    world.decide('ship.approval', 'rejected');
    expect(world.fold.world.ledger.phases.get('work')?.results.get('ship')).toMatchObject({
      status: 'failed',
      error: { class: 'refusal', details: { decision: 'no', by: 'alice' } },
    });
    expect(world.fold.status).toBe('rolledBack');
  });

  it('fails when nobody has decided in time, or decides as the file says', () => {
    const world = deadlocked({ onDeadlock: { approval: { deadlineMs: 50, onDeadline: { rollback: {} } } } });
    world.fireOf('step/ship.approval/');
    expect(world.fold.status).toBe('rolledBack');
    expect(world.fold.error?.message).toContain('Nobody decided in time');
    const other = deadlocked({ onDeadlock: { approval: { deadlineMs: 50, onDeadline: 'reject' } } });
    other.fireOf('step/ship.approval/');
    expect(decisionOf(other)).toMatchObject({ decision: 'no', by: null });
  });

  it('asks when no round is left, and in each try of the phase', () => {
    const world = new ScriptedWorld(
      task([
        phase('work', [
          consensus('ship', ['a', 'b'], {
            rounds: 2,
            onDeadlock: { approval: {} },
            onDecision: { no: 'fail' },
          }),
        ]),
      ]),
    );
    vote(world, { a: 'yes', b: 'no' });
    expect(world.stepState('ship')).toBe('voting');
    vote(world, { a: 'yes', b: 'no' }, 2);
    world.decide('ship.approval', 'rejected');
    world.control('retry');
    vote(world, { a: 'yes', b: 'no' }, 3);
    vote(world, { a: 'yes', b: 'no' }, 4);
    world.decide('ship.approval');
    expect(world.fold.status).toBe('completed');
  });

  it('takes the answer that most gave, which is of agents and read by no template', () => {
    const agreement = { method: 'agreement', choices: undefined, agree: 3 } as const;
    const world = voting(['a', 'b', 'c', 'd'], { ...agreement, onDeadlock: { approval: {} } });
    vote(world, { a: { x: 1 }, b: '{{ 2 }}', c: '{{ 2 }}', d: { x: 1 } });
    expect(pendingApprovalsOf(world.fold)[0]?.question).toContain('Approved it is the answer of a, d;');
    world.decide('ship.approval');
    expect(decisionOf(world)).toMatchObject({ decision: { x: 1 }, by: 'alice' });
    const other = voting(['a', 'b', 'c'], { ...agreement, onDeadlock: { approval: {} } });
    vote(other, { a: 1, b: 2, c: 3 });
    other.decide('ship.approval', 'rejected');
    expect(other.fold.error).toMatchObject({ code: 'PHASE_FAILED', step: 'ship' });
  });

  it('can be aborted while it asks', () => {
    const world = deadlocked();
    world.control('abort');
    expect(world.stepState('ship')).toBe('cancelled');
    expect(world.fold.world.ledger.approvals.size).toBe(0);
    expect(world.decide('ship.approval')).toMatchObject({ accepted: false });
  });
});

describe('a vote in rounds', () => {
  it('goes on after a deadlock, and shows the voters what the others said', () => {
    const world = voting(['a', 'b'], { rounds: 2 });
    vote(world, { a: { choice: 'yes', reason: 'ready' }, b: 'no' });
    expect(world.owedOf('offer').map(({ step }) => step)).toEqual(['ship-a_2', 'ship-b_2']);
    vote(world, { a: 'yes', b: 'yes' }, 2);
    expect(decisionOf(world)).toMatchObject({ decision: 'yes', rounds: 2 });
  });

  it('begins the next round only when nothing of the earlier one is at work', () => {
    const world = voting(['a', 'b'], { rounds: 2, deadlineMs: 50 });
    const a = world.claim('ship-a_1');
    world.fireOf('step/ship/');
    expect(world.owedOf('offer')).toEqual([]);
    world.release(a);
    expect(world.owedOf('offer').map(({ step }) => step)).toEqual(['ship-a_2', 'ship-b_2']);
  });

  it('counts on over the tries of the phase', () => {
    const world = new ScriptedWorld(
      task([phase('work', [consensus('ship', ['a', 'b'])], { retry: retry(2) })]),
    );
    vote(world, { a: 'yes', b: 'no' });
    vote(world, { a: 'yes', b: 'yes' }, 2);
    expect(decisionOf(world)).toMatchObject({ decision: 'yes', rounds: 1 });
  });
});

describe('a veto', () => {
  it('closes the poll and decides alone', () => {
    const world = voting(['a', 'b', 'c'], { veto: ['b'] });
    const a = world.claim('ship-a_1');
    vote(world, { b: 'no' });
    expect(world.stepState('ship-c_1')).toBe('cancelled');
    world.release(a);
    expect(decisionOf(world)).toMatchObject({ decision: 'no', veto: ['b'] });
  });
});

describe('people', () => {
  const cast = (world: ScriptedWorld, by: string, choice: Json, more = {}) =>
    world.append('control', 'ballot.cast', { step: 'ship', by, vote: { choice }, ...more });

  it('vote by a record; the first ballot counts, and nobody else may', () => {
    const world = voting(['a', 'person:alice', 'person:bob']);
    expect(cast(world, 'mallory', 'no')).toEqual({ accepted: false, reason: 'not-entitled' });
    expect(cast(world, 'a', 'no')).toEqual({ accepted: false, reason: 'not-entitled' });
    expect(cast(world, 'alice', 'perhaps')).toEqual({ accepted: false, reason: 'ballot-misfit' });
    expect(cast(world, 'alice', 'yes')).toEqual({ accepted: true });
    expect(cast(world, 'alice', 'no')).toEqual({ accepted: false, reason: 'duplicate-ballot' });
    vote(world, { a: 'no' });
    expect(world.fold.status).toBe('running');
    cast(world, 'bob', 'yes');
    expect(decisionOf(world)).toMatchObject({ decision: 'yes', dissent: [{ voter: 'a' }] });
    expect(cast(world, 'bob', 'no')).toMatchObject({ accepted: false, reason: 'not-accepted-now' });
  });

  it('are told when their record came twice', () => {
    const world = voting(['person:alice', 'person:bob']);
    const data = { step: 'ship', by: 'alice', vote: 'yes' };
    expect(world.append('control', 'ballot.cast', data, 'same')).toEqual({ accepted: true });
    expect(world.append('control', 'ballot.cast', { ...data, by: 'bob' }, 'same')).toEqual({
      accepted: false,
      reason: 'duplicate',
    });
  });
});

describe('a subject', () => {
  const subject: ConsensusStep['subject'] = { expression: 'v1' };

  it('stands on the ballots, and a ballot for another one counts as none', () => {
    const world = voting(['a', 'b', 'c'], { subject });
    world.evaluateNext();
    const claim = world.claim('ship-a_1');
    world.append('agent.a', 'step.succeeded', {
      step: claim.step,
      attempt: 1,
      fence: claim.fence,
      token: 'token',
      output: 'no',
      subject: 'v0',
    });
    vote(world, { b: 'yes', c: 'yes' });
    world.evaluateNext();
    expect(decisionOf(world)).toMatchObject({
      decision: 'yes',
      subject: 'v1',
      abstentions: [{ voter: 'a', reason: 'voted on another subject' }],
    });
  });

  it('that changed voids the ballots and has all asked again, though not for ever', () => {
    const world = voting(['a'], { subject });
    const look = (digest: string) => {
      const [effect] = world.owedOf('evaluate');
      world.append('engine', 'evaluation.completed', {
        evaluationId: effect?.id ?? '',
        output: { subject: digest },
      });
    };
    look('v1');
    vote(world, { a: 'yes' });
    look('v2');
    look('v2');
    vote(world, { a: 'no' }, 2);
    look('v2');
    expect(decisionOf(world)).toMatchObject({
      decision: 'no',
      rounds: 2,
      void: [{ round: 1 }],
      subject: 'v2',
    });

    const restless = voting(['a'], { subject });
    for (let round = 1; round <= 3; round += 1) {
      const [open] = restless.owedOf('evaluate');
      restless.append('engine', 'evaluation.completed', {
        evaluationId: open?.id ?? '',
        output: { subject: `${round}` },
      });
      vote(restless, { a: 'yes' }, round);
      const [check] = restless.owedOf('evaluate');
      restless.append('engine', 'evaluation.completed', {
        evaluationId: check?.id ?? '',
        output: { subject: 'other' },
      });
    }
    expect(restless.fold.error?.message).toBe('What is voted on changed in each of 3 rounds.');
  });
});

describe('a sealed vote', () => {
  const sealed = { sealed: true as const };

  it('says nothing of the votes before the poll is closed, and opens all of them then', () => {
    const world = voting(['a', 'b'], sealed);
    world.seal(world.claim('ship-a_1'), { choice: 'yes' });
    const b = world.claim('ship-b_1');
    expect(JSON.stringify(world.log)).not.toContain('"yes"');
    expect(world.stepState('ship-a_1')).toBe('sealed');
    world.seal(b, 'yes');
    expect(world.owedOf('cancel').map(({ id, reason }) => `${id} ${reason}`)).toEqual([
      expect.stringMatching(/^reveal\/ship-a_1\/\d+ reveal$/),
      expect.stringMatching(/^reveal\/ship-b_1\/\d+ reveal$/),
    ]);
    world.reveal(world.claimOf('ship-b_1'), 'yes');
    world.reveal(world.claimOf('ship-a_1'), { choice: 'yes' });
    expect(decisionOf(world)).toMatchObject({ decision: 'yes', tally: { yes: 2, no: 0 } });
  });

  it('counts a vote that does not fit its seal, one not opened in time and one not sealed as abstentions', () => {
    const world = voting(['a', 'b', 'c', 'd', 'e'], { ...sealed, quorum: { voters: 1 } });
    world.succeed(world.claim('ship-a_1'), 'no');
    for (const agent of ['b', 'c', 'd', 'e']) world.seal(world.claim(`ship-${agent}_1`), 'yes');
    world.reveal(world.claimOf('ship-b_1'), 'no');
    world.expire(world.claimOf('ship-c_1'));
    world.reveal(world.claimOf('ship-d_1'), 'yes');
    world.fireOf('step/ship/');
    world.release(world.claimOf('ship-e_1'));
    expect(decisionOf(world)).toMatchObject({
      decision: 'yes',
      tally: { yes: 1, no: 0 },
      abstentions: [
        { voter: 'a', reason: 'The ballot was not sealed, as the poll asks.' },
        { voter: 'b', reason: 'The vote does not fit its seal.' },
        { voter: 'c', reason: 'The sealed vote was not opened.' },
        { voter: 'e', reason: 'did not vote in time' },
      ],
    });
  });

  it('cannot be sealed twice, nor opened before its time, nor with the seal of another', () => {
    const world = voting(['a', 'b'], { ...sealed, quorum: { voters: 1 } });
    const a = world.claim('ship-a_1');
    world.seal(a, 'yes');
    expect(world.seal(a, 'no')).toMatchObject({ accepted: false });
    expect(world.reveal(a, 'yes')).toMatchObject({ accepted: false, reason: 'stale' });
    const b = world.claim('ship-b_1');
    world.append('agent.b', 'ballot.sealed', { ...proofOf(b), digest: world.sealOf(a, 'yes') });
    world.reveal(b, 'yes');
    world.reveal(a, 'yes');
    expect(decisionOf(world)).toMatchObject({ abstentions: [{ voter: 'b' }] });
  });

  it('does not hold a pause up', () => {
    const world = voting(['a', 'b'], { ...sealed, deadlineMs: 500 });
    world.seal(world.claim('ship-a_1'), 'yes');
    world.control('pause');
    expect(world.fold.status).toBe('paused');
    world.control('resume');
    world.fireOf('step/ship/');
    expect(world.stepState('ship')).toBe('revealing');
    world.control('pause');
    world.reveal(world.claimOf('ship-a_1'), 'yes');
    expect(world.fold.status).toBe('paused');
  });

  it('is given up when the execution is aborted', () => {
    const world = voting(['a', 'b'], sealed);
    world.seal(world.claim('ship-a_1'), 'yes');
    world.seal(world.claim('ship-b_1'), 'yes');
    world.control('pause');
    world.control('resume');
    world.control('abort');
    expect(world.stepState('ship')).toBe('cancelling');
    world.reveal(world.claimOf('ship-a_1'), 'yes');
    world.release(world.claimOf('ship-b_1'));
    expect(world.stepState('ship')).toBe('cancelled');
  });
});

describe('a vote that is cancelled', () => {
  it('drains what is claimed first', () => {
    const world = voting(['a', 'b'], { deadlineMs: 500 });
    const a = world.claim('ship-a_1');
    world.control('pause');
    world.control('resume');
    world.control('abort');
    expect(world.stepState('ship')).toBe('cancelling');
    world.release(a);
    expect(world.stepState('ship')).toBe('cancelled');
  });

  it('while it drains, or opens, or checks', () => {
    const draining = voting(['a', 'b'], { deadlineMs: 500 });
    draining.claim('ship-a_1');
    draining.fireOf('step/ship/');
    const late = draining.claimOf('ship-a_1');
    draining.control('pause');
    draining.control('resume');
    draining.control('abort');
    draining.release(late);
    const subject = { expression: 'v1' };
    const opening = voting(['a'], { subject });
    opening.control('abort');
    const checking = voting(['a'], { subject });
    checking.evaluateNext();
    vote(checking, { a: 'yes' });
    checking.control('abort');
    expect([draining, opening, checking].map((world) => world.stepState('ship'))).toEqual(
      Array.from({ length: 3 }, () => 'cancelled'),
    );
  });

  it('fails when what is voted on cannot be found', () => {
    const opening = voting(['a'], { subject: { expression: 'throws' } });
    opening.evaluateNext();
    const checking = voting(['a'], { subject: { expression: 'v1' } });
    checking.evaluateNext();
    vote(checking, { a: 'yes' });
    checking.failEvaluation('gone');
    expect([opening, checking].map(({ fold }) => fold.error?.message)).toEqual([
      'scripted: cannot be evaluated',
      'gone',
    ]);
  });
});

describe('voters that have to differ', () => {
  it('have one ballot per host, the first in file order', () => {
    const world = voting(['a', 'b', 'person:alice'], { distinct: 'host' });
    vote(world, { b: 'no', a: 'yes' });
    world.append('control', 'ballot.cast', { step: 'ship', by: 'alice', vote: 'yes' });
    expect(decisionOf(world)).toMatchObject({
      decision: 'yes',
      tally: { yes: 2, no: 0 },
      abstentions: [{ voter: 'b', reason: 'has the host of a' }],
    });
  });
});

describe('the machine', () => {
  it('has no transition that these tests do not take', () => {
    const missed = edgesOf(consensusMachine).filter(({ transition }) => !taken.has(transition));
    expect(missed.map(({ name }) => name)).toEqual([]);
  });
});

/** What the failed phase asks of the execution. */
function demandOf({ fold }: ScriptedWorld) {
  return [...fold.world.ledger.phases.values()]
    .map(({ summary }) => summary?.error?.rollback)
    .find((demand) => demand);
}
