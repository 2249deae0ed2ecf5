import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { InProcessWorkQueue } from '../../src/adapters/memory/work-queue.ts';
import { defineAgent } from '../../src/agent/define.ts';
import type { AttemptReport } from '../../src/ports/agent-request.ts';
import type { NextAnswer } from '../../src/ports/claim-desk.ts';
import { FakeDesk } from './fixtures/fake-desk.ts';
import { HostUnderTest } from './fixtures/open-host.ts';
import { requestOf } from './fixtures/request.ts';

/** A desk that is asked what comes next. */
class OnwardDesk extends FakeDesk {
  readonly asked: AttemptReport[] = [];
  answerNext: (report: AttemptReport) => Promise<NextAnswer> = async () => ({
    kind: 'refused',
    reason: 'no',
  });

  next(report: AttemptReport): Promise<NextAnswer> {
    this.asked.push(report);
    return this.answerNext(report);
  }
}

function granted({ execution, role, next }: AttemptReport, step: string, fence: number): NextAnswer {
  const request = requestOf({ execution, step, attempt: 1, agent: role });
  const claimId = next?.claimId ?? '';
  return { kind: 'granted', execution, role, claimId, step, attempt: 1, fence, leaseMs: 30_000, request };
}

const one = defineAgent({ name: 'one', concurrency: 1, run: ({ step }) => step });

/** A host with one seat, at a queue that says whether anything waits. */
function openHost({ isEmpty = true, agent = one } = {}): { world: HostUnderTest; onward: OnwardDesk } {
  const onward = new OnwardDesk();
  const inner = new InProcessWorkQueue();
  const world = new HostUnderTest({
    agents: [agent],
    desk: onward,
    queue: {
      offer: (offer) => inner.offer(offer),
      withdraw: (id) => inner.withdraw(id),
      consume: (consumer) => {
        const consumption = inner.consume(consumer);
        return { isEmpty, roomy: () => consumption.roomy(), stop: () => consumption.stop() };
      },
    },
  });
  world.host.start();
  const offer = { execution: 'e1', step: 's1', attempt: 1, role: 'one', priority: 0 };
  inner.offer({ ...offer, id: 'e1/s1/1' });
  return { world, onward };
}

test('a host goes on with what follows, on the same seat and with a token of its own', async () => {
  const { onward } = openHost();
  onward.answerNext = async (report) =>
    report.step === 's1' ? granted(report, 's2', 17) : { kind: 'refused', reason: 'nothing more' };
  const [first, second] = await onward.untilReported(2);
  expect(second).toMatchObject({ step: 's2', fence: 17, result: { kind: 'succeeded', output: 's2' } });
  expect(hash('sha256', second?.token ?? '')).toBe(first?.next?.tokenDigest);
  expect(onward.claims).toHaveLength(1);
});

test('the seat is free when nothing follows, and not before', async () => {
  const { world, onward } = openHost();
  const answer = Promise.withResolvers<NextAnswer>();
  onward.answerNext = () => answer.promise;
  await onward.untilReported(1);
  await onward.until(({ reports }) => reports.length === 1);
  await world.clock.advance(0);
  expect(world.host.working).toEqual([]);
  expect(onward.claims).toHaveLength(1);
  answer.resolve({ kind: 'refused', reason: 'nothing follows' });
  await world.host.stop({ drain: true });
});

test('whoever was not answered asks again, with the same report', async () => {
  const { world, onward } = openHost();
  onward.answerNext = async (report) => {
    if (onward.asked.length < 3) throw new Error('no answer');
    return report.step === 's1' ? granted(report, 's2', 17) : { kind: 'refused', reason: 'nothing more' };
  };
  await onward.untilReported(1);
  await world.clock.advance(1_000);
  await onward.untilReported(2);
  expect(new Set(onward.asked.slice(0, 3).map(({ next }) => next?.claimId)).size).toBe(1);
});

test('nothing is asked for while offers may wait, and after a failure', async () => {
  const busy = openHost({ isEmpty: false });
  const broken = openHost({
    agent: defineAgent({
      name: 'one',
      run: () => {
        throw new Error('broken');
      },
    }),
  });
  for (const { onward } of [busy, broken]) {
    const [report] = await onward.untilReported(1);
    expect(report).not.toHaveProperty('next');
    expect(onward.asked).toEqual([]);
  }
});

test('what is granted to a host that ends is given back', async () => {
  const { world, onward } = openHost();
  const answer = Promise.withResolvers<NextAnswer>();
  onward.answerNext = () => answer.promise;
  const [report] = await onward.untilReported(1);
  const stopping = world.host.stop({ drain: true });
  if (report !== undefined) answer.resolve(granted(report, 's2', 17));
  await stopping;
  expect(onward.reports.at(-1)).toMatchObject({ step: 's2', fence: 17, result: { kind: 'released' } });
});
