import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { simulate } from '../../src/simulation/simulate.ts';
import { Example } from './run-example.ts';

describe('the example approval', () => {
  test('publishes what somebody of the group has approved', async () => {
    const example = new Example('approval');
    await example.troupe(['run', 'release', '-i', 'version=2.0', '--id', 'r42', '--no-wait']);
    // Nobody drives it yet: it has not got to its question.
    expect((await example.troupe(['approvals'])).stdout).toBe('Nothing waits for a person.\n');
    const driver = example.troupe(['resume', 'r42']);
    // The driver works in this process, and needs its turns.
    for (;;) {
      await setImmediate();
      const { approvals } = await example.json('approvals');
      if (approvals.length > 0) {
        expect(approvals).toMatchObject([
          {
            question: 'Publish the notes of 2.0?',
            people: ['alice', 'bob', 'carol'],
            subject: { value: expect.stringMatching(/new/) },
          },
        ]);
        break;
      }
    }
    expect((await example.troupe(['approve', 'r42', '--as', 'carol'])).code).toBe(0);
    expect((await driver).code).toBe(0);
    const { outputs } = await example.json('show', 'r42');
    expect(outputs).toEqual({ published: 'What is new in 2.0: approvals. (approved by carol)' });
  });

  test('waits for a month', async () => {
    const { cwd } = new Example('approval');
    await using run = await simulate('tasks/release.md', {
      cwd,
      input: { version: '2.0' },
      groups: { release: ['bob', 'carol'] },
      people: { 'publish-it': { decide: 'approve', by: 'dave', after: '29 days' } },
    });
    await run.toEnd();
    expect(run.status).toBe('completed');
    expect(run.events.filter(({ type }) => type === 'approval:reminder')).toHaveLength(4);
    expect(run.report().phases[1]?.steps[0]?.output).toMatchObject({ by: 'dave', escalated: true });
  });
});
