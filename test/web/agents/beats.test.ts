import { expect, test } from 'vitest';
import { hostBeat, processBeat, progressBeat } from '../../../web/src/agents/beats.ts';

const NOW = 1_000_000;

test('a host is heard, or is silent', () => {
  expect(hostBeat({ seenAt: NOW - 3_000, isSilent: false }, NOW)).toMatchObject({
    text: 'heard 3 s ago',
    isAlarming: false,
  });
  expect(hostBeat({ seenAt: NOW - 41_000, isSilent: true }, NOW)).toMatchObject({
    text: 'not heard for 41 s',
    isAlarming: true,
  });
});

test('a process is judged by the clock of its host', () => {
  const host = { seenAt: NOW - 4_000, isSilent: false };
  expect(processBeat({ processSeenAt: NOW - 8_000 }, host, NOW).text).toBe('alive');
  expect(processBeat({ processSeenAt: NOW - 12_000 }, host, NOW)).toMatchObject({
    text: 'silent for 12 s',
    isAlarming: true,
  });
  expect(
    processBeat({ processSeenAt: NOW - 20_000 }, { seenAt: NOW - 20_000, isSilent: true }, NOW).text,
  ).toBe('last seen 20 s ago');
});

test('a late word alarms nobody', () => {
  expect(progressBeat({ startedAt: 0, progressAt: NOW - 600_000 }, NOW)).toMatchObject({
    text: 'last progress 10 m ago',
    isAlarming: false,
  });
  expect(progressBeat({ startedAt: 5, progressAt: 5 }, NOW).text).toBe('no progress yet');
});
