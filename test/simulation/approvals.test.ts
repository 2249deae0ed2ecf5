import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { simulateRun } from '../../src/simulation/campaign/simulate-run.ts';
import { prepareRehearsal } from '../../src/simulation/rehearsal.ts';
import { simulate } from '../../src/simulation/simulate.ts';
import type { ApprovalSettings } from '../../src/task/define.ts';
import { defineTask } from '../../src/task/define.ts';

const DAY_MS = 86_400_000;

const release = (settings: ApprovalSettings = {}) =>
  defineTask({
    name: 'release',
    phases: [
      { name: 'Ask', steps: [{ approval: 'Ship it?', id: 'ship-it', ...settings }] },
      { name: 'Ship', dependsOn: ['Ask'], steps: [{ agent: 'publisher', id: 'ship', text: 'Ship it.' }] },
    ],
  });

describe('people in a simulation', () => {
  test('decide what they are asked, a month later', async () => {
    await using run = await simulate(release({ approvers: ['alice'], remind: '1 day' }), {
      people: { 'ship-it': { decide: 'approve', after: '30 days', comment: 'at last' } },
    });
    await run.toEnd();
    expect(run.elapsedMs).toBeGreaterThanOrEqual(30 * DAY_MS);
    expect(run.report().phases[0]?.steps[0]?.output).toMatchObject({ by: 'alice', comment: 'at last' });
    expect(run.events.filter(({ type }) => type === 'approval:reminder')).toHaveLength(30);
  });

  test('are waited for, by hand', async () => {
    await using run = await simulate(release({ approvers: ['alice', 'bob'] }));
    await run.untilWaitingFor('approval');
    expect(run.approvals).toMatchObject([{ step: 'ship-it', people: ['alice', 'bob'] }]);
    await expect(run.toEnd()).rejects.toMatchObject({
      code: 'SIMULATION_UNREACHED',
      message: expect.stringMatching(/step ship-it waits for approval by alice, bob: Ship it\?/),
      hint: expect.stringMatching(/approve\(STEP\)/),
    });
    await expect(run.approve('ship-it', { by: 'mallory' })).rejects.toMatchObject({
      code: 'SIMULATION_REFUSED',
    });
    await run.restart();
    await run.approve('ship-it', { by: 'bob' });
    await run.toEnd();
    expect(run.status).toBe('completed');
  });

  test('see what was approved change under them', async () => {
    await using run = await simulate(release({ subject: { files: ['app.tgz'] } }), {
      files: { 'app.tgz': 'one' },
    });
    await run.untilStep('ship-it', 'asking');
    run.write('app.tgz', 'two');
    await run.approve();
    expect(run.approvals).toMatchObject([{ voids: 1 }]);
    await run.approve();
    expect((await run.toEnd()).status).toBe('completed');
  });

  test('delegate, and complete by hand', async () => {
    await using run = await simulate(release({ approvers: ['alice'] }), {
      people: {
        'ship-it': [
          { decide: 'delegate', to: 'dave' },
          { decide: 'reject', by: 'dave' },
        ],
      },
    });
    await run.untilStatus('failed');
    expect(run.report().error?.message).toBe('dave rejected it: Ship it?');
    await using other = await simulate(release(), {
      agents: { publisher: async (_, { sleep }) => sleep('1 hour') },
    });
    await other.approve();
    await other.complete('ship', { url: 'by hand' }, { by: 'alice' });
    await other.toEnd();
    expect(other.report().phases[1]?.steps[0]).toMatchObject({ completedBy: 'alice' });
  });

  test('the same run whatever moment the process dies at', async () => {
    const task = release({ approvers: ['alice'], subject: { files: ['f'] }, remind: '1 day' });
    const options = { people: { 'ship-it': { decide: 'approve', after: '3 days' } } } as const;
    await using calm = await simulate(task, options);
    await calm.toEnd();
    const count = calm.records().length;
    for (let at = 1; at < count; at += 1) {
      await using run = await simulate(task, options);
      while (run.records().length < at && run.status === 'running') await run.advance(DAY_MS / 2);
      await run.restart();
      await run.toEnd();
      expect(run.status).toBe('completed');
      expect(run.order).toEqual(calm.order);
    }
  });
});

describe('a rehearsal', () => {
  function fileOf(settings: string): string {
    const dir = mkdtempSync(join(tmpdir(), 'troupe-rehearsal-'));
    const file = join(dir, 'release.yaml');
    writeFileSync(
      file,
      `name: release\nphases:\n- name: Ask\n  steps:\n  - approval: Ship it?\n    id: ship-it\n${settings}`,
    );
    return file;
  }

  async function runOf(settings: string, more: object = {}) {
    const { setting } = await prepareRehearsal({
      task: fileOf(settings),
      groups: { nobody: [], release: ['bob'] },
      ...more,
    });
    return (await simulateRun(setting, { seed: 1, hosts: 1, faults: 'none' })).result;
  }

  test('names who is waited for, which is no deadlock', async () => {
    const { outcome, standstill } = await runOf(
      '    approvers: [alice, "group:release"]\n    remind: 1 day\n',
    );
    expect(outcome).toBe('waiting');
    expect(standstill?.blocked[0]).toMatchObject({
      stands: 'waits for a person: Ship it?',
      missing: { type: 'approval.granted', from: 'alice or bob', byPerson: true },
    });
  });

  test('proves that nobody can ever decide', async () => {
    const { outcome, standstill } = await runOf('    approvers: ["group:nobody"]\n');
    expect(outcome).toBe('deadlock');
    expect(standstill?.blocked[0]?.because).toEqual(['nobody is in group:nobody, and it has no deadline']);
  });

  test('goes on where a deadline decides, others are asked, or a person of the script does', async () => {
    const deadline = '    approvers: ["group:nobody"]\n    deadline: 2 days\n    onDeadline: approve\n';
    expect((await runOf(deadline)).outcome).toBe('completed');
    const escalated = '    approvers: ["group:nobody"]\n    escalate: {after: 1 day, to: [bob]}\n';
    expect((await runOf(escalated)).outcome).toBe('waiting');
    const decided = await runOf('', { people: { 'ship-it': { decide: 'approve', after: '5 days' } } });
    expect(decided.outcome).toBe('completed');
    expect(decided.durationMs).toBeGreaterThanOrEqual(5 * DAY_MS);
  });

  test('survives faults', async () => {
    const { setting } = await prepareRehearsal({
      task: fileOf('    subject: {files: [f]}\n'),
      people: { 'ship-it': { decide: 'approve', after: '2s' } },
    });
    for (const seed of [1, 2, 3]) {
      const { result } = await simulateRun(setting, { seed, hosts: 2, faults: 'heavy' as never });
      expect(result.outcome).toBe('completed');
      expect(result.findings).toEqual([]);
    }
  });
});
