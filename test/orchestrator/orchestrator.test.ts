import { describe, expect, test } from 'vitest';
import type { AgentRequest } from '../../src/ports/agent-request.ts';
import { agentStep, phase, task } from '../engine/open-world.ts';
import { Cluster, PARTITIONS } from './cluster.ts';

const definition = task([
  phase('plan', [agentStep('plan')]),
  phase('work', [agentStep('w1'), agentStep('w2'), agentStep('w3')], { dependsOn: ['plan'] }),
  phase('end', [agentStep('end')], { dependsOn: ['work'] }),
]);
const waiting = task([
  phase('wait', [{ kind: 'wait', id: 'wait', title: 'wait', signal: 'go' }]),
  phase('end', [agentStep('end')], { dependsOn: ['wait'] }),
]);
/** Its second step waits a minute before its second attempt. */
const hesitant = task([
  phase('one', [
    agentStep('hesitates', {
      retry: { maxAttempts: 2, backoffMs: 60_000, factor: 1, maxBackoffMs: 60_000 },
    }),
  ]),
]);
const worker = ({ step, attempt }: AgentRequest) => {
  if (step === 'hesitates' && attempt === 1) throw new Error('not yet');
  return { did: step };
};

describe('orchestrators that share a namespace', () => {
  test('one alone drives what others started, before and after it came', async () => {
    const cluster = new Cluster();
    await cluster.submit('e1', definition);
    const { orchestrator } = await cluster.orchestrator('a');
    cluster.host('h1', { worker });
    await cluster.submit('e2', definition);
    await cluster.settle();
    expect(orchestrator.held).toEqual([0, 1, 2, 3]);
    expect((await cluster.fold('e1'))?.status).toBe('completed');
    expect((await cluster.fold('e2'))?.status).toBe('completed');
  });

  test('two share the partitions evenly, and what one lets go of in order the other goes on with at once', async () => {
    const cluster = new Cluster();
    const first = await cluster.orchestrator('a');
    const second = await cluster.orchestrator('b');
    await cluster.advance(500);
    expect(first.orchestrator.held).toHaveLength(PARTITIONS / 2);
    expect(second.orchestrator.held).toHaveLength(PARTITIONS / 2);
    for (let index = 0; index < 8; index += 1) await cluster.submit(`e${index}`, definition);
    await first.orchestrator.stop();
    await cluster.settle();
    expect(second.orchestrator.held).toHaveLength(PARTITIONS);
    cluster.host('h1', { worker });
    await cluster.advance(10_000);
    for (let index = 0; index < 8; index += 1) {
      expect((await cluster.fold(`e${index}`))?.status).toBe('completed');
    }
  });

  test('what a dead one held is taken over after its lease, with claims, timers and what waits', async () => {
    const cluster = new Cluster();
    const first = await cluster.orchestrator('a');
    const release = Promise.withResolvers<void>();
    cluster.host('h1', {
      worker: async (request) => {
        if (request.step === 'plan') await release.promise;
        return worker(request);
      },
    });
    await cluster.submit('e1', definition);
    await cluster.submit('e2', waiting);
    await cluster.submit('e3', hesitant);
    await first.member.die();
    const { orchestrator } = await cluster.orchestrator('b');
    expect(orchestrator.held).toEqual([]);
    await cluster.advance(3_000);
    expect(orchestrator.held).toHaveLength(PARTITIONS);
    release.resolve();
    await cluster.control('e2', 'signal.sent', { name: 'go' });
    await cluster.advance(90_000);
    for (const execution of ['e1', 'e2', 'e3']) {
      expect((await cluster.fold(execution))?.status, execution).toBe('completed');
    }
    const claims = (await cluster.records('e1')).filter(({ type }) => type === 'step.claimed');
    expect(claims).toHaveLength(5);
  });

  test('what one held that is known to be gone is taken over before its lease is over', async () => {
    const cluster = new Cluster();
    const first = await cluster.orchestrator('a');
    await cluster.submit('e1', definition);
    let isDead = false;
    const { orchestrator } = await cluster.orchestrator('b', {
      isGone: (holder) => isDead && holder.process === 'a',
    });
    await first.member.die();
    await cluster.advance(500);
    const before = orchestrator.held.length;
    isDead = true;
    await cluster.advance(500);
    expect([before, orchestrator.held.length]).toEqual([PARTITIONS / 2, PARTITIONS]);
  });

  test('a partition whose taking was written, but not acknowledged, is taken again by the same, whoever else would be in turn', async () => {
    const cluster = new Cluster();
    const put = cluster.board.put.bind(cluster.board);
    let lost = 0;
    cluster.board.put = async (key, entry) => {
      await put(key, entry);
      if (key !== 'partition.0' || entry.holder.process !== 'a' || lost > 0) return;
      lost += 1;
      throw new Error('the answer was lost');
    };
    const all = [
      await cluster.orchestrator('a'),
      await cluster.orchestrator('b'),
      await cluster.orchestrator('c'),
    ];
    await cluster.advance(3_000);
    const held = all.flatMap(({ orchestrator }) => orchestrator.held).sort();
    expect([lost, held]).toEqual([1, [0, 1, 2, 3]]);
  });

  test('of two who write themselves onto a partition at once, the one whose entry did not last lets go of it', async () => {
    const cluster = new Cluster();
    const put = cluster.board.put.bind(cluster.board);
    const rival = { process: 'rival', pid: 1, hostname: 'memory', startedAt: 0 };
    cluster.board.put = async (key, entry) => {
      await put(key, entry);
      if (key !== 'partition.1' || entry.holder.process !== 'a') return;
      // Written in the same moment, a little later; told before the first one hears that it was written.
      await put('member.rival', { holder: rival, beat: cluster.clock.now() });
      await put(key, { holder: rival, beat: 1 });
    };
    const { orchestrator } = await cluster.orchestrator('a');
    await cluster.advance(100);
    expect(orchestrator.held).not.toContain(1);
  });

  test('one whose clock is ahead of the log waits for the log, and does not fill it with timers that come too early', async () => {
    const cluster = new Cluster();
    await cluster.orchestrator('a', { aheadMs: 30_000 });
    cluster.host('h1', { worker });
    await cluster.submit('e1', hesitant);
    await cluster.advance(90_000);
    expect((await cluster.fold('e1'))?.status).toBe('completed');
    const fired = (await cluster.records('e1')).filter(({ type }) => type === 'timer.fired');
    expect(fired).toHaveLength(2);
  });

  test('an ended execution is not revived by late records, but by a retry', async () => {
    const cluster = new Cluster();
    const failing = task([
      phase('one', [
        agentStep('one', { retry: { maxAttempts: 1, backoffMs: 1, factor: 1, maxBackoffMs: 1 } }),
      ]),
    ]);
    let fails = true;
    cluster.host('h1', {
      worker: (request) => {
        if (fails) throw new Error('not today');
        return worker(request);
      },
    });
    const first = await cluster.orchestrator('a');
    await cluster.submit('e1', failing);
    await cluster.advance(5_000);
    expect((await cluster.fold('e1'))?.status).toBe('failed');
    await cluster.control('e1', 'execution.started', {});
    await cluster.control('e1', 'signal.sent', { name: 'go' });
    expect((await cluster.fold('e1'))?.status).toBe('failed');
    await first.orchestrator.stop();
    await cluster.orchestrator('b');
    await cluster.advance(3_000);
    fails = false;
    await cluster.control('e1', 'retry.requested');
    await cluster.advance(5_000);
    expect((await cluster.fold('e1'))?.status).toBe('completed');
  });

  test('one that stood still past its lease finds another in its place, and neither accepts anything twice', async () => {
    const cluster = new Cluster();
    const first = await cluster.orchestrator('a');
    const begun = new Map<string, number>();
    cluster.host('h1', {
      worker: (request) => {
        begun.set(request.idempotencyKey, (begun.get(request.idempotencyKey) ?? 0) + 1);
        return worker(request);
      },
    });
    await cluster.submit('e1', hesitant);
    await cluster.submit('e2', waiting);
    first.member.stop();
    const second = await cluster.orchestrator('b');
    await cluster.advance(3_000);
    expect(second.orchestrator.held).toHaveLength(PARTITIONS);
    await cluster.control('e2', 'signal.sent', { name: 'go' });
    await cluster.advance(90_000);
    first.member.continue();
    await cluster.advance(10_000);
    expect(first.orchestrator.held.length + second.orchestrator.held.length).toBe(PARTITIONS);
    for (const execution of ['e1', 'e2']) {
      expect((await cluster.fold(execution))?.status, execution).toBe('completed');
    }
    // The one attempt that failed and its second, and the end of the one that waited.
    expect(Object.fromEntries(begun)).toEqual({ 'e1/hesitates': 2, 'e2/end': 1 });
  });

  test('a partition is the same for whoever comes next, wherever the one before died', async () => {
    for (let dieAfter = 1; dieAfter <= 40; dieAfter += 1) {
      const cluster = new Cluster();
      const first = await cluster.orchestrator('a');
      let count = 0;
      const died = Promise.withResolvers<void>();
      cluster.logOf('e1').follow(
        {
          fold: (records) => {
            count += records.length;
            if (count >= dieAfter) void first.member.die().then(died.resolve);
          },
          durable: () => undefined,
          retracted: () => undefined,
        },
        0,
      );
      cluster.host('h1', { worker });
      await cluster.submit('e1', definition);
      await cluster.submit('e5', definition);
      await cluster.orchestrator('b');
      await cluster.advance(60_000);
      for (const execution of ['e1', 'e5']) {
        const fold = await cluster.fold(execution);
        expect(fold?.status, `${execution}, died after ${dieAfter}`).toBe('completed');
      }
    }
  });
});
