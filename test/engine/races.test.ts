import { describe, expect, it } from 'vitest';
import { agentStep, phase, pinnedOf, task, World } from './open-world.ts';

const oneStep = task([phase('only', [agentStep('a')])]);

function startOf(input: { readonly [name: string]: number } = {}) {
  return { execution: 'e', pinned: pinnedOf(oneStep), input };
}

describe('the same id, begun twice at once', () => {
  it('is one execution in one process', async () => {
    const asked: unknown[] = [];
    const process = await new World().open({ worker: ({ input }) => void asked.push(input) });
    const begun = await Promise.all([process.engine.begin(startOf()), process.engine.begin(startOf())]);
    expect(begun.map(({ isNew }) => isNew)).toEqual([true, false]);
    await process.settle();
    expect(asked).toHaveLength(1);
  });

  it('is refused to the second in one process when the input differs', async () => {
    const asked: unknown[] = [];
    const process = await new World().open({ worker: ({ input }) => void asked.push(input) });
    const both = await Promise.allSettled([
      process.engine.begin(startOf({ x: 1 })),
      process.engine.begin(startOf({ x: 2 })),
    ]);
    expect(both[0]).toMatchObject({ status: 'fulfilled', value: { isNew: true } });
    expect(both[1]).toMatchObject({ status: 'rejected', reason: { code: 'EXECUTION_EXISTS' } });
    await process.settle();
    expect(asked).toEqual([{ x: 1 }]);
  });

  it('belongs to the process whose start is first in the log, and runs with its input', async () => {
    const world = new World();
    const asked: unknown[] = [];
    const worker = ({ input }: { input: unknown }) => void asked.push(input);
    const [one, two] = [await world.open({ worker }), await world.open({ worker })];
    const both = await Promise.allSettled([
      one.engine.begin(startOf({ x: 1 })),
      two.engine.begin(startOf({ x: 2 })),
    ]);
    await one.settle();
    expect(both[0]).toMatchObject({ status: 'fulfilled', value: { isNew: true } });
    expect(both[1]).toMatchObject({ status: 'rejected', reason: { code: 'EXECUTION_EXISTS' } });
    expect(asked).toEqual([{ x: 1 }]);
    expect(two.engine.owned).toEqual({ resident: 0, parked: 0 });
  });

  it('is left to the process that was first when task and input are the same', async () => {
    const world = new World();
    const asked: unknown[] = [];
    const worker = () => {
      asked.push(1);
      return new Promise(() => undefined);
    };
    const [one, two] = [await world.open({ worker }), await world.open({ worker })];
    const both = await Promise.allSettled([one.engine.begin(startOf()), two.engine.begin(startOf())]);
    await one.settle();
    expect(both[1]).toMatchObject({ status: 'rejected', reason: { code: 'NOT_THE_OWNER' } });
    expect(asked).toHaveLength(1);
  });
});

describe('a control', () => {
  it('sent while the end is being told is answered', async () => {
    const process = await new World().open({ worker: () => 1 });
    const answers: Promise<unknown>[] = [];
    process.engine.listen(({ type }) => {
      if (type === 'execution:complete') answers.push(process.engine.control('e', 'abort.requested', {}));
    });
    await process.begin(oneStep);
    expect(await Promise.all(answers)).toEqual([{ accepted: false, reason: 'not-accepted-now' }]);
  });

  it('that nobody will fold any more is answered when the engine stops', async () => {
    const process = await new World().open({ worker: () => new Promise(() => undefined) });
    await process.begin(oneStep);
    const answer = process.engine.control('e', 'pause.requested', {});
    await process.engine.stop();
    expect(await answer).toMatchObject({ accepted: expect.any(Boolean) });
  });
});

describe('an execution that cannot be taken over', () => {
  it('is let go of, so that it can be tried again', async () => {
    const world = new World();
    const first = await world.open({ worker: () => new Promise(() => undefined) });
    await first.begin(oneStep);
    await first.die();
    const second = await world.open({ worker: () => 1 });
    const { processGroups } = second.embedded.store;
    const { killLeftovers } = processGroups;
    processGroups.killLeftovers = () => Promise.reject(new Error('no'));
    await expect(second.engine.adopt('e')).rejects.toThrow('no');
    expect(second.engine.owned).toEqual({ resident: 0, parked: 0 });
    processGroups.killLeftovers = killLeftovers.bind(processGroups);
    await second.engine.adopt('e');
    await second.settle();
    expect((await second.engine.ended('e')).status).toBe('completed');
  });
});

describe('a claim that is cancelled in the commit that takes it', () => {
  it('is granted all the same, since only its holder can say that nothing of it runs', async () => {
    const process = await new World().open();
    await process.begin(oneStep);
    const { engine } = process;
    const about = { execution: 'e', step: 'a', attempt: 1, role: 'worker' };
    const cancelled: unknown[] = [];
    engine.desk.onCancel('h', (beat) => cancelled.push(beat));
    const claiming = engine.desk.claim({ ...about, claimId: 'c', host: 'h' });
    void engine.control('e', 'abort.requested', { reason: 'enough' });
    await process.settle();
    const grant = await claiming;
    if (grant.kind !== 'granted') throw new Error(grant.reason);
    const { fence, token } = grant;
    expect(cancelled).toMatchObject([{ step: 'a', fence }]);
    expect((await engine.state('e'))?.claims()).toMatchObject([{ step: 'a', draining: true }]);
    await engine.desk.report({ reportId: 'r', ...about, fence, token, result: { kind: 'released' } });
    await process.settle();
    expect((await engine.state('e'))?.claims()).toEqual([]);
    expect(engine.owned).toEqual({ resident: 0, parked: 0 });
  });
});
