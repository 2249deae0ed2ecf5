import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AgentRequest } from '../../src/ports/agent-request.ts';
import { defineTask } from '../../src/task/define.ts';
import { HeldAgent, nextEvent, openExecutor } from './fixtures/executors.ts';

const vote = ({ voters = ['a', 'b', 'c'], ...settings }: { voters?: string[]; [setting: string]: unknown }) =>
  defineTask({
    name: 'ship',
    phases: [
      { name: 'Vote', steps: [{ consensus: 'majority - Ship it?', id: 'ship', voters, ...settings }] },
    ],
  });

interface Decision {
  readonly decision: string;
  readonly [key: string]: unknown;
}

describe('agents of one process', () => {
  test('get a ballot, and their votes are counted', async () => {
    const asked: AgentRequest[] = [];
    const say = (choice: string) => (request: AgentRequest) => {
      asked.push(request);
      return { choice, reason: `I am for ${choice}` };
    };
    const executor = openExecutor({
      agentManager: { a: say('approve'), b: say('approve'), c: say('reject') },
    });
    const result = await executor.execute<Decision>(vote({ instructions: 'Think.' }));
    expect(result).toMatchObject({
      decision: 'approve',
      tally: { approve: 2, reject: 1 },
      dissent: [{ voter: 'c', choice: 'reject', reason: 'I am for reject' }],
    });
    expect(asked[0]).toMatchObject({
      step: 'ship-a_1',
      instructions: 'Ship it?\n\nThink.',
      ballot: { question: 'Ship it?', choices: ['approve', 'reject'], method: 'majority', round: 1 },
    });
  });

  test('see in a later round what the others said', async () => {
    const others: unknown[] = [];
    const executor = openExecutor({
      agentManager: {
        a: ({ ballot }: AgentRequest) => {
          if (ballot?.round === 2) others.push(ballot.others);
          return { choice: ballot?.round === 1 ? 'reject' : 'approve', reason: 'doubts' };
        },
        b: () => 'approve',
      },
    });
    const result = await executor.execute<Decision>(vote({ voters: ['a', 'b'], rounds: 3 }));
    expect(result).toMatchObject({ decision: 'approve', rounds: 2 });
    expect(others).toEqual([
      [
        { voter: 'a', choice: 'reject', reason: 'doubts' },
        { voter: 'b', choice: 'approve' },
      ],
    ]);
  });

  test('seal their votes: nothing of them is in the log before the poll is closed', async () => {
    const held = new HeldAgent();
    const executor = openExecutor({
      agentManager: { a: () => 'approve', b: () => 'approve', c: held.run },
    });
    const running = executor.execute<Decision>(vote({ ballots: 'sealed' }));
    await held.begun();
    held.end('reject');
    expect(await running).toMatchObject({
      decision: 'approve',
      tally: { approve: 2, reject: 1 },
      abstentions: [],
    });
  });

  test('that vote for what there is no such choice fail, and are tried again', async () => {
    let attempts = 0;
    const executor = openExecutor({
      agentManager: {
        a: ({ previousError }: AgentRequest) => {
          attempts += 1;
          return previousError?.message.includes("'perhaps' is not one of the choices") === true
            ? 'approve'
            : 'perhaps';
        },
      },
    });
    const task = vote({ voters: ['a'], retry: { maxAttempts: 2, backoffMs: 0 } });
    expect(await executor.execute<Decision>(task)).toMatchObject({ decision: 'approve' });
    expect(attempts).toBe(2);
  });
});

describe('people', () => {
  test('vote beside agents; what cannot be taken is told', async () => {
    const executor = openExecutor({ agentManager: { a: () => 'approve' } });
    const running = executor.execute<Decision>(vote({ voters: ['a', 'person:alice', 'person:bob'] }));
    const cast = (by: string, choice: string) =>
      executor.voteExecution(running.id, { step: 'ship', by, vote: { choice, reason: 'seen it' } });
    await nextEvent(executor, 'phase:start');
    await expect(cast('carol', 'approve')).rejects.toMatchObject({
      code: 'BALLOT_REFUSED',
      message: 'The vote on ship was not taken: carol is no voter.',
    });
    await expect(cast('alice', 'perhaps')).rejects.toMatchObject({
      message: expect.stringContaining("'perhaps' is not one of the choices: approve, reject"),
    });
    await cast('alice', 'reject');
    await expect(cast('alice', 'approve')).rejects.toMatchObject({
      message: expect.stringContaining('alice has voted in this round'),
    });
    await cast('bob', 'reject');
    expect(await running).toMatchObject({ decision: 'reject', dissent: [{ voter: 'a' }] });
    await expect(
      executor.voteExecution(running.id, { step: 'ship', by: 'bob', vote: 'approve' }),
    ).rejects.toMatchObject({ code: 'NOT_POSSIBLE_NOW' });
  });
});

describe('a subject in files', () => {
  test('that changes while they vote voids the ballots', async () => {
    // Only what lies in the working directory is looked at.
    const folder = mkdtempSync(join(process.cwd(), 'node_modules', '.vote-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = relative(process.cwd(), join(folder, 'plan.md'));
    writeFileSync(file, 'first');
    const subjects: unknown[] = [];
    const executor = openExecutor({
      agentManager: {
        a: ({ ballot }: AgentRequest) => {
          subjects.push(ballot?.subject?.digest);
          if (subjects.length === 1) writeFileSync(file, 'second');
          return subjects.length === 1 ? 'reject' : 'approve';
        },
      },
    });
    const result = await executor.execute<Decision>(vote({ voters: ['a'], subject: { files: [file] } }));
    expect(result).toMatchObject({
      decision: 'approve',
      rounds: 2,
      void: [{ round: 1 }],
      subject: subjects[1],
    });
    expect(subjects[0]).not.toBe(subjects[1]);
  });
});
