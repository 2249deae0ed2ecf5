import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../../src/adapters/memory/working-files.ts';
import { askApproval } from '../../src/agent/ask-approval.ts';
import { pendingApprovalsOf } from '../../src/engine/pending-approvals.ts';
import type { Json } from '../../src/json.ts';
import type { AgentRequest } from '../../src/ports/agent-request.ts';
import type { ApprovalAsk, StepDefinition } from '../../src/task/definition.ts';
import { agentStep, phase, task, World } from './open-world.ts';

const DAY_MS = 86_400_000;

function approval(ask: Partial<ApprovalAsk> = {}): StepDefinition {
  return { kind: 'approval', id: 'ok', title: 'ok', ask: { question: 'May it?', ...ask } };
}

const definition = (ask: Partial<ApprovalAsk> = {}) =>
  task([phase('ask', [approval(ask)]), phase('use', [agentStep('a')], { dependsOn: ['ask'] })]);

const agents = { worker: () => 'done' };
const grant = (more: { [key: string]: Json } = {}) => ({ step: 'ok', by: 'alice', ...more });

describe('an execution that waits for a person', () => {
  it('costs no memory, and goes on with the grant', async () => {
    const process = await new World().open(agents);
    await process.begin(definition());
    expect(process.engine.owned).toEqual({ resident: 0, parked: 1 });
    expect(process.events.map(({ type }) => type)).toContain('approval:requested');
    const ended = process.engine.ended('e');
    expect(await process.engine.control('e', 'approval.granted', grant())).toEqual({ accepted: true });
    expect((await ended).status).toBe('completed');
    expect(process.events.map(({ type }) => type)).toContain('approval:granted');
    expect(process.engine.owned).toEqual({ resident: 0, parked: 0 });
  });

  it('is reminded of for 30 days by whatever process drives it, and then ends as its file says', async () => {
    const world = new World();
    let process = await world.open(agents);
    await process.begin(definition({ remindMs: DAY_MS, deadlineMs: 30 * DAY_MS, onDeadline: 'continue' }));
    let reminders = 0;
    for (let day = 1; day <= 29; day += 1) {
      if (day % 7 === 0) {
        await process.die();
        process = await world.open(agents);
        await process.engine.adoptOrphans();
        await process.settle();
      }
      expect(process.engine.owned).toEqual({ resident: 0, parked: 1 });
      await process.advance(DAY_MS);
      reminders += process.events.filter(({ type }) => type === 'approval:reminder').length;
      process.events.length = 0;
    }
    expect(reminders).toBe(29);
    const ended = process.engine.ended('e');
    await process.advance(DAY_MS + 1);
    const fold = await ended;
    expect(fold.status).toBe('completed');
    expect(fold.world.ledger.phases.get('ask')?.results.get('ok')?.output).toMatchObject({ approved: false });
    expect(process.events.map(({ type }) => type)).toContain('approval:expired');
  });

  it('takes what was said while nobody drove it, the first word in the log', async () => {
    const world = new World();
    const first = await world.open(agents);
    await first.begin(definition());
    await first.die();
    const second = await world.open(agents);
    const { log } = second.embedded.store;
    const say = (id: string, type: string) =>
      log.append({ id, execution: 'e', source: 'control', type, data: grant() });
    await say('one', 'approval.granted');
    await say('two', 'approval.rejected');
    await second.engine.adoptOrphans();
    const fold = await second.engine.ended('e');
    expect(fold.status).toBe('completed');
    expect(fold.refused).toEqual({ 'already-decided': 1 });
  });
});

describe('what is approved', () => {
  const files = new Map<string, string>();
  const ask = { subject: { files: ['report.md'] } };

  it('is read by the owner: a change after the grant was given voids it, and one after it counted stops its use', async () => {
    files.set('report.md', 'one');
    const process = await new World().open(agents, { files: memoryFiles(files) });
    await process.begin(definition(ask));
    const digestOf = async () => {
      const fold = await process.engine.state('e');
      return fold === undefined ? undefined : pendingApprovalsOf(fold)[0]?.subject?.digest;
    };
    const before = await digestOf();
    files.set('report.md', 'two');
    await process.engine.control('e', 'approval.granted', grant({ subject: before ?? '' }));
    await process.settle();
    expect(process.events.map(({ type }) => type)).toContain('approval:voided');
    const after = await digestOf();
    expect(after).not.toBe(before);
    expect(await process.engine.control('e', 'approval.granted', grant({ subject: before ?? '' }))).toEqual({
      accepted: false,
      reason: 'drifted',
    });
    await process.engine.control('e', 'approval.granted', grant({ subject: after ?? '' }));
    expect((await process.engine.ended('e')).status).toBe('completed');
  });

  it('is read again before a phase that may use it', async () => {
    files.set('report.md', 'one');
    const process = await new World().open(agents, { files: memoryFiles(files) });
    const phases = [
      phase('ask', [approval(ask)]),
      phase('between', [{ kind: 'wait', id: 'go', title: 'go', signal: 'go' }], { dependsOn: ['ask'] }),
      phase('use', [agentStep('a')], { dependsOn: ['between'] }),
    ];
    await process.begin(task(phases));
    await process.engine.control('e', 'approval.granted', grant());
    await process.settle();
    files.set('report.md', 'two');
    await process.engine.control('e', 'signal.sent', { name: 'go' });
    const fold = await process.engine.ended('e');
    expect(fold.error).toMatchObject({
      code: 'APPROVAL_DRIFTED',
      phase: 'use',
      message: expect.stringMatching(
        /^What alice approved in ok has changed since: report\.md was sha256:[0-9a-f]{64}, is sha256:[0-9a-f]{64}\.$/,
      ),
    });
  });

  it('that is not there fails the step with its name', async () => {
    const process = await new World().open(agents, { files: memoryFiles(new Map()) });
    await process.begin(definition({ subject: { files: ['missing.md'] } }));
    expect((await process.engine.ended('e')).error?.message).toBe(
      'The subject cannot be read: there is no file missing.md',
    );
  });

  it('can be a value, with a question rendered from it', async () => {
    const process = await new World().open(agents);
    const subject = { expression: 'input.plan' };
    await process.begin(definition({ question: 'Spend {{ input.plan.usd }}?', subject }), {
      input: { plan: { usd: 7 } },
    });
    const fold = await process.engine.state('e');
    expect(fold && pendingApprovalsOf(fold)).toMatchObject([
      { question: 'Spend 7?', subject: { digest: expect.stringMatching(/^sha256:/), value: { usd: 7 } } },
    ]);
  });
});

describe('an agent that asks people', () => {
  it('is asked again with their answer, in whatever process comes next', async () => {
    const world = new World();
    const requests: unknown[] = [];
    const asking = {
      worker: ({ approval: answer, attempt }: AgentRequest) => {
        requests.push(attempt);
        return answer === undefined
          ? askApproval({ question: 'Delete it?', approvers: ['alice'] })
          : { answer };
      },
    };
    const first = await world.open(asking);
    await first.begin(task([phase('work', [agentStep('a')])]));
    expect(first.engine.owned).toEqual({ resident: 0, parked: 1 });
    expect(first.events.map(({ type }) => type)).toContain('approval:requested');
    await first.die();
    const second = await world.open(asking);
    await second.engine.adoptOrphans();
    await second.settle();
    await second.engine.control('e', 'approval.granted', { step: 'a.approval', by: 'alice', comment: 'yes' });
    const fold = await second.engine.ended('e');
    expect(fold.world.ledger.outputs).toMatchObject({
      worker: { answer: { approved: true, by: 'alice', comment: 'yes' } },
    });
    expect(requests).toEqual([1, 2]);
  });
});
