import { expect, test } from 'vitest';
import { VirtualClock } from '../../src/adapters/memory/virtual-clock.ts';
import { LeaseKeeper } from '../../src/agent/lease-keeper.ts';
import type { StopCause } from '../../src/agent/stop-cause.ts';
import type { ClaimDesk, HeartbeatAnswer } from '../../src/ports/claim-desk.ts';

const LEASE_MS = 30_000;

/** A host that holds one claim and was stopped for longer than its lease; the desk answers as it is told. */
async function stoodStill(answer: () => Promise<HeartbeatAnswer>): Promise<readonly StopCause[]> {
  const virtual = new VirtualClock();
  let stoppedMs = 0;
  const clock = {
    now: () => virtual.now() + stoppedMs,
    monotonic: () => virtual.monotonic() + stoppedMs,
    schedule: (delayMs: number, callback: () => void) => virtual.schedule(delayMs, callback),
    soon: (callback: () => void) => virtual.soon(callback),
  };
  const heartbeat: ClaimDesk['heartbeat'] = async (beats) => Promise.all(beats.map(() => answer()));
  const stops: StopCause[] = [];
  const keeper = new LeaseKeeper({ clock, desk: { heartbeat } as ClaimDesk });
  keeper.add({
    execution: 'e',
    step: 's',
    attempt: 1,
    fence: 1,
    leaseMs: LEASE_MS,
    leaseFrom: 0,
    deadlineAt: Number.POSITIVE_INFINITY,
    stop: (cause) => stops.push(cause),
    reveal: () => undefined,
  });
  stoppedMs = 2 * LEASE_MS;
  await virtual.advance(LEASE_MS / 3);
  keeper.stop();
  return stops;
}

test('a host that stood still goes on with what its owner still grants it', async () => {
  expect(await stoodStill(async () => 'ok')).toEqual([]);
});

test('a host that stood still stops what was given to somebody else', async () => {
  expect(await stoodStill(async () => 'cancel')).toContain('cancelled');
});

test.each([
  ['does not know it', async (): Promise<HeartbeatAnswer> => 'unknown'],
  ['does not answer', () => Promise.reject(new Error('away'))],
])('a host that stood still stops when its owner %s', async (_, answer) => {
  expect(await stoodStill(answer)).toEqual(['lease-lost']);
});
