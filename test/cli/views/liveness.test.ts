import { describe, expect, test } from 'vitest';
import {
  beatsInWords,
  livenessDocument,
  livenessOf,
  type StepLiveness,
} from '../../../src/cli/views/liveness.ts';
import type { AttemptPresence, HostPresence } from '../../../src/ports/agent-directory.ts';
import { phase, report, START, step } from './reports.ts';

const NOW = START + 200_000;

/** Times are in ms before {@link NOW}. */
function attemptWith({ started = 130_000, process = 4000, progress = 40_000 } = {}): AttemptPresence {
  return {
    execution: 'e1',
    step: 'chair',
    attempt: 1,
    role: 'chair',
    startedAt: NOW - started,
    processSeenAt: NOW - process,
    progressAt: NOW - progress,
  };
}

function hostWith(attempts: readonly AttemptPresence[] | undefined, host = 'h1'): HostPresence {
  return {
    host,
    process: 'p',
    pid: 1,
    hostname: 'here',
    roles: [],
    attempts,
    startedAt: START,
    seenAt: NOW - 8000,
  };
}

describe('the beats of an attempt in words', () => {
  const heard = (ms: number, about?: Parameters<typeof attemptWith>[0]): StepLiveness => ({
    host: 'h1',
    hostSeenAt: NOW - ms,
    attempt: attemptWith(about),
  });

  test.each<[string, StepLiveness, string, boolean]>([
    [
      'all three beat',
      heard(8000, { process: 9000 }),
      'at work for 2 min 10 s · host h1 heard 8 s ago · process alive · last progress 40 s ago',
      false,
    ],
    [
      'the agent has said nothing so far',
      heard(1000, { process: 1000, progress: 130_000 }),
      'at work for 2 min 10 s · host h1 heard just now · process alive · no progress yet',
      false,
    ],
    [
      'the process does not live any more',
      heard(8000, { process: 20_000 }),
      'at work for 2 min 10 s · host h1 heard 8 s ago · process silent for 20 s · last progress 40 s ago',
      true,
    ],
    [
      'the host is silent, and with it all else',
      heard(30_000, { process: 31_000 }),
      'at work for 2 min 10 s · host h1 not heard for 30 s · process last seen 31 s ago · last progress 40 s ago',
      true,
    ],
    [
      "the host's clock is ahead of ours",
      heard(-60_000, { started: -50_000, process: -60_000, progress: -55_000 }),
      'at work for 0 s · host h1 heard just now · process alive · last progress just now',
      false,
    ],
    [
      'the host has not told of it yet',
      { host: 'h1', hostSeenAt: NOW - 8000 },
      'host h1 heard 8 s ago',
      false,
    ],
    ['nobody knows the host', { host: 'h1' }, 'host h1 is not heard of', true],
  ])('when %s', (_, liveness, text, isAlarming) => {
    expect(beatsInWords(liveness, NOW)).toEqual({ text, isAlarming });
  });
});

describe('the beats of an execution', () => {
  const about = report([
    phase('Decide', 'running', [
      step('chair', 'claimed', { claimedBy: 'h1' }),
      step('clerk', 'claimed', { claimedBy: 'gone' }),
      step('guest', 'offered'),
      step('late', 'pending'),
    ]),
  ]);

  test('are those of the steps that are held, by their hosts', () => {
    const others = [
      { ...attemptWith(), execution: 'other' },
      { ...attemptWith(), attempt: 2 },
      { ...attemptWith(), step: 'guest' },
    ];
    const liveness = livenessOf(about, [
      hostWith([...others, attemptWith()]),
      hostWith([attemptWith()], 'h2'),
    ]);
    expect(Object.fromEntries(liveness)).toEqual({
      chair: { host: 'h1', hostSeenAt: NOW - 8000, attempt: attemptWith() },
      clerk: { host: 'gone' },
    });
  });

  test('lack what a host does not tell', () => {
    const [chair] = livenessOf(about, [hostWith(undefined)]).values();
    expect(chair).toEqual({ host: 'h1', hostSeenAt: NOW - 8000 });
    expect(chair && livenessDocument(chair)).toEqual({
      host: 'h1',
      hostSeenAt: '2020-01-01T00:03:12.000Z',
      processSeenAt: null,
      progressAt: null,
    });
  });
});
