import { describe, expect, it } from 'vitest';
import { reportOf } from '../../src/engine/report.ts';
import { agentStep, phase, pinnedOf, task, World } from './open-world.ts';

const twoPhases = task([
  phase('gather', [agentStep('a'), agentStep('b')]),
  phase('sum', [agentStep('total', { agent: 'adder' })], { dependsOn: ['gather'] }),
]);

const workers = {
  worker: ({ step }: { step: string }) => ({ value: step === 'a' ? 1 : 2 }),
  adder: ({ outputs }: { outputs: unknown }) => {
    const { gather } = outputs as { gather: { worker: { value: number }[] } };
    return { total: gather.worker.reduce((sum, { value }) => sum + value, 0) };
  },
};

describe('an engine', () => {
  it('runs a task to its end and hands outputs from phase to phase', async () => {
    const process = await new World().open(workers);
    await process.begin(twoPhases);
    const fold = await process.engine.ended('e');
    expect(fold.status).toBe('completed');
    expect(reportOf(fold).outputs).toEqual({ adder: { total: 3 } });
  });

  it('tells what happens in log order, after it is durable', async () => {
    const process = await new World().open(workers);
    await process.begin(twoPhases);
    await process.engine.ended('e');
    expect(process.events.map(({ type }) => type)).toEqual([
      'execution:start',
      'phase:start',
      'step:start',
      'step:start',
      'step:complete',
      'step:complete',
      'phase:complete',
      'phase:start',
      'step:start',
      'step:complete',
      'phase:complete',
      'execution:complete',
    ]);
  });

  it('takes the same start twice and refuses another input under the same id', async () => {
    const process = await new World().open({ worker: () => new Promise(() => undefined), adder: () => 0 });
    expect(await process.begin(twoPhases, { input: { x: 1 } })).toMatchObject({ isNew: true });
    expect(await process.begin(twoPhases, { input: { x: 1 } })).toMatchObject({ isNew: false });
    await expect(process.begin(twoPhases, { input: { x: 2 } })).rejects.toMatchObject({
      code: 'EXECUTION_EXISTS',
    });
    await expect(process.begin({ ...twoPhases, name: 'other' }, { input: { x: 1 } })).rejects.toMatchObject({
      code: 'EXECUTION_EXISTS',
    });
  });

  it('hands the last error to the next attempt, after the backoff and not before', async () => {
    const seen: unknown[] = [];
    const process = await new World().open({
      worker: ({ attempt, previousError }) => {
        seen.push(previousError?.message);
        if (attempt < 3) throw new Error(`no luck ${attempt}`);
        return 'done';
      },
    });
    const retry = { maxAttempts: 3, backoffMs: 1000, factor: 2, maxBackoffMs: 60_000 };
    await process.begin(task([phase('try', [agentStep('a', { retry })])]));
    await process.advance(800);
    expect(seen).toEqual([undefined]);
    await process.advance(400);
    expect(seen).toEqual([undefined, 'no luck 1']);
    await process.advance(2300);
    expect((await process.engine.ended('e')).status).toBe('completed');
    expect(seen).toEqual([undefined, 'no luck 1', 'no luck 2']);
  });

  it('cancels an attempt that takes too long and offers it again only when it is gone', async () => {
    const log: string[] = [];
    const process = await new World().open({
      worker: ({ attempt }, { signal }) =>
        new Promise((resolve) => {
          log.push(`start ${attempt}`);
          if (attempt === 2) resolve('fast');
          signal.addEventListener('abort', () => {
            log.push(`abort ${attempt}`);
            resolve('late');
          });
        }),
    });
    const retry = { maxAttempts: 2, backoffMs: 0, factor: 1, maxBackoffMs: 0 };
    await process.begin(task([phase('try', [agentStep('a', { timeoutMs: 500, retry })])]));
    await process.advance(501);
    const fold = await process.engine.ended('e');
    expect(log).toEqual(['start 1', 'abort 1', 'start 2']);
    expect(reportOf(fold).outputs).toEqual({ worker: 'fast' });
  });

  it('lets an execution that waits leave memory, and wakes it for the signal', async () => {
    const process = await new World().open(workers);
    const definition = task([
      phase('wait', [{ kind: 'wait', id: 'go', title: 'go', signal: 'go' }]),
      phase('after', [agentStep('a')], { dependsOn: ['wait'] }),
    ]);
    await process.begin(definition);
    expect(process.engine.owned).toEqual({ resident: 0, parked: 1 });
    const ended = process.engine.ended('e');
    const applied = await process.engine.control('e', 'signal.sent', { name: 'go', payload: { by: 'test' } });
    expect(applied).toEqual({ accepted: true });
    const fold = await ended;
    expect(fold.world.ledger.phases.get('wait')?.outputs).toEqual({ go: { by: 'test' } });
    expect(process.engine.owned).toEqual({ resident: 0, parked: 0 });
  });

  it('tells what the record changes that wakes a parked execution', async () => {
    const process = await new World().open({ worker: () => 'done' });
    const wait = { kind: 'wait', id: 'go', title: 'go', signal: 'go' } as const;
    await process.begin(
      task([phase('wait', [wait]), phase('work', [agentStep('a')], { dependsOn: ['wait'] })]),
    );
    expect(process.engine.owned).toEqual({ resident: 0, parked: 1 });
    process.events.length = 0;
    await process.engine.control('e', 'pause.requested', {});
    await process.settle();
    await process.engine.control('e', 'resume.requested', {});
    await process.settle();
    await process.engine.control('e', 'signal.sent', { name: 'go', payload: null });
    await process.engine.ended('e');
    expect(process.events.map(({ type }) => type)).toEqual([
      'execution:paused',
      'execution:resumed',
      'phase:complete',
      'phase:start',
      'step:start',
      'step:complete',
      'phase:complete',
      'execution:complete',
    ]);
  });

  it('fires the deadline of a parked execution', async () => {
    const process = await new World().open();
    const wait = { kind: 'wait', id: 'go', title: 'go', signal: 'go', timeoutMs: 30 * 86_400_000 } as const;
    await process.begin(task([phase('wait', [wait])]));
    const ended = process.engine.ended('e');
    await process.advance(30 * 86_400_000 + 1);
    expect((await ended).status).toBe('failed');
  });

  it('pauses once the claims that stand have ended, and goes on from there', async () => {
    let finish: (value: unknown) => void = () => undefined;
    const process = await new World().open({
      worker: ({ step }) => (step === 'a' ? new Promise((resolve) => (finish = resolve)) : { value: 2 }),
      adder: () => 'sum',
    });
    await process.begin(task([phase('one', [agentStep('a'), agentStep('b')], { parallel: false })]));
    await process.engine.control('e', 'pause.requested', { reason: 'lunch' });
    expect(await process.status()).toBe('pausing');
    finish({ value: 1 });
    await process.settle();
    expect(await process.status()).toBe('paused');
    await process.engine.control('e', 'resume.requested', {});
    expect((await process.engine.ended('e')).status).toBe('completed');
  });

  it('suspends an execution whose record cannot be folded, and no other', async () => {
    const rules = {
      evaluate: () => true,
      misfits: () => {
        throw new Error('a defect in the rules');
      },
    };
    const world = new World();
    const process = await world.open(workers, { rules });
    const waits = task([
      phase('wait', [{ kind: 'wait', id: 'go', title: 'go', signal: 'go', schema: { type: 'object' } }]),
    ]);
    await process.begin(waits, { execution: 'broken' });
    await process.begin(twoPhases, { execution: 'sound' });
    await process.engine.control('broken', 'signal.sent', { name: 'go', payload: {} });
    await process.settle();
    expect(await process.status('broken')).toBe('suspended');
    expect(await process.status('sound')).toBe('completed');
    expect(process.events.filter(({ id }) => id === 'broken')).toMatchObject([
      { type: 'execution:start' },
      { type: 'phase:start' },
      { type: 'execution:suspended', error: expect.stringContaining('a defect in the rules') },
    ]);
    await process.engine.control('broken', 'abort.requested', {});
    await process.settle();
    expect(await process.status('broken')).toBe('aborted');
  });

  it('answers a control that suspends an execution at work, and says so', async () => {
    const rules = {
      evaluate: () => true,
      misfits: () => {
        throw new Error('a defect in the rules');
      },
    };
    const process = await new World().open({ worker: () => new Promise(() => undefined) }, { rules });
    const definition = task([
      phase('work', [agentStep('a')]),
      phase('wait', [{ kind: 'wait', id: 'go', title: 'go', signal: 'go', schema: { type: 'object' } }]),
    ]);
    await process.begin(definition);
    const applied = await process.engine.control('e', 'signal.sent', { name: 'go', payload: {} });
    await process.settle();
    expect(applied).toMatchObject({ accepted: false });
    expect(await process.status()).toBe('suspended');
    expect(process.events.map(({ type }) => type)).toContain('execution:suspended');
  });

  it('fails a step of a role that nobody knows and leaves one that nobody offers waiting in sight', async () => {
    const process = await new World().open({});
    const definition = task([phase('x', [agentStep('a', { agent: 'ghost', claimWithinMs: 60_000 })])]);
    await process.begin(definition, { execution: 'offered' });
    const waiting = reportOf((await process.engine.state('offered')) ?? expect.fail('no state'));
    expect(waiting.phases[0]?.steps[0]).toMatchObject({
      status: 'offered',
      waitsFor: 'a host that offers ghost',
    });
    const offeredEnd = process.engine.ended('offered');
    await process.advance(60_001);
    expect((await offeredEnd).context.error?.message).toContain('No host claimed the step');

    await process.engine.begin({
      execution: 'unknown',
      pinned: { ...pinnedOf(definition), agents: {} },
      input: {},
    });
    expect((await process.engine.ended('unknown')).context.error?.message).toContain(
      'No agent is named "ghost"',
    );
  });
});
