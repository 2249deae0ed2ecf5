import { describe, expect, test } from 'vitest';
import { findDeadlock } from '../../src/simulation/deadlock.ts';
import { simulate } from '../../src/simulation/simulate.ts';
import { defineTask } from '../../src/task/define.ts';
import { agentStep, consensus, phase, task } from '../fixtures/executions/definitions.ts';
import { ScriptedWorld } from '../fixtures/executions/scripted-world.ts';

const ship = (settings: object) =>
  defineTask({
    name: 'ship',
    phases: [
      {
        name: 'Vote',
        steps: [
          { consensus: 'majority - Ship it?', id: 'ship', voters: ['a', 'b', 'person:alice'], ...settings },
        ],
      },
    ],
  });

describe('a vote in virtual time', () => {
  test('waits for a person for as long as it takes', async () => {
    await using run = await simulate(ship({}), { agents: { a: () => 'approve', b: () => 'reject' } });
    await run.advance('30 days');
    expect(run.report().phases[0]?.steps[0]).toMatchObject({
      status: 'voting',
      poll: { voted: ['a', 'b'], missing: ['person:alice'] },
    });
    await expect(run.vote('ship', 'mallory', 'approve')).rejects.toMatchObject({
      code: 'SIMULATION_REFUSED',
    });
    await run.vote('ship', 'alice', { choice: 'approve' });
    expect(await run.toEnd()).toMatchObject({ status: 'completed', outputs: { decision: 'approve' } });
  });

  test('closes at its deadline, with the votes that are there', async () => {
    await using run = await simulate(ship({ deadline: '1 hour', quorum: 1, onDeadlock: 'reject' }), {
      agents: {
        a: [{ output: 'approve', latency: '10 minutes' }],
        b: [{ output: 'reject', latency: '2 hours' }],
      },
    });
    const { outputs } = await run.toEnd();
    expect(outputs).toMatchObject({
      decision: 'approve',
      abstentions: [
        { voter: 'b', reason: 'did not vote in time' },
        { voter: 'person:alice', reason: 'did not vote' },
      ],
    });
    expect(run.elapsedMs).toBe(60 * 60 * 1000);
  });

  test('has people decide what it cannot', async () => {
    const settings = { voters: ['a', 'b'], onDeadlock: { approval: ['alice', 'group:release'] } };
    const agents = { a: () => 'approve', b: () => 'reject' };
    await using asks = await simulate(ship(settings), { agents, groups: { release: ['bob'] } });
    await asks.advance('30 days');
    expect(asks.report().phases[0]?.steps[0]).toMatchObject({
      status: 'asking',
      waitsFor: expect.stringContaining('approval by alice, group:release: Ship it? The vote came to no'),
    });
    await expect(asks.toEnd()).rejects.toThrow('step ship waits for approval by alice');
    await using run = await simulate(ship(settings), {
      agents,
      groups: { release: ['bob'] },
      people: { 'ship.approval': { decide: 'reject', by: 'bob', after: '3 days' } },
    });
    expect(await run.toEnd()).toMatchObject({
      status: 'completed',
      outputs: { decision: 'reject', by: 'bob' },
    });
    await expect(simulate(ship(settings), { agents })).rejects.toMatchObject({ code: 'GROUP_UNKNOWN' });
  });

  test('and a phase beyond its limit, are up to the same people', async () => {
    const reaction = {
      approval: { approvers: ['alice'], deadlineMs: 172_800_000, onDeadline: 'reject' as const },
    };
    const work = phase('Big work', [agentStep('one'), agentStep('two')], {
      parallel: false,
      limits: [{ name: 'attempts', attempts: 0, reaction }],
    });
    const limited = task([work]);
    const agents = { worker: () => 'done' };
    const people = { 'big-work.attempts.approval': { decide: 'approve' as const, after: '1 day' } };
    await using run = await simulate(limited, { agents, people });
    expect(await run.toEnd()).toMatchObject({ status: 'completed' });
    expect(run.elapsedMs).toBeGreaterThanOrEqual(86_400_000);
    await using silent = await simulate(limited, { agents });
    expect(await silent.toEnd()).toMatchObject({ status: 'failed', error: { code: 'LIMIT_EXCEEDED' } });
  });

  test.each(['open', 'sealed'])(
    'names the %s ballots that are missing where nothing moves any more',
    async (ballots) => {
      await using run = await simulate(ship({ ballots }), {
        agents: { a: () => 'approve', b: () => 'reject' },
      });
      await expect(run.toEnd()).rejects.toThrow(
        'it is running, and step ship waits for the votes of person:alice (2 of 3 have voted).',
      );
    },
  );
});

describe('the analysis of what stands still', () => {
  test('waits for a person whose ballot is missing, and calls it no deadlock', () => {
    const step = consensus('ship', ['a', 'person:alice'], { sealed: true });
    const world = new ScriptedWorld(task([phase('work', [step])]));
    const outside = { hasHost: () => true };
    expect(findDeadlock(world.fold, outside).kind).toBe('moving');
    world.seal(world.claim('ship-a_1'), 'yes');
    expect(findDeadlock(world.fold, outside)).toMatchObject({
      kind: 'waiting',
      blocked: [
        { id: 'step ship', missing: { type: 'ballot.cast', about: 'ship', from: 'alice', byPerson: true } },
      ],
    });
  });

  test('names the ballots of agents that nobody offers', () => {
    const world = new ScriptedWorld(task([phase('work', [consensus('ship', ['a'])])]));
    expect(findDeadlock(world.fold, { hasHost: () => false })).toMatchObject({
      kind: 'deadlock',
      blocked: [
        { id: 'step ship-a_1', missing: { type: 'step.claimed', about: 'a' } },
        { id: 'step ship', behind: ['step ship-a_1'] },
      ],
    });
  });
});
