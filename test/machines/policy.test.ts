import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attemptTimeoutOf,
  backoffMs,
  isRetryable,
  phaseRetryOf,
  requiredSuccesses,
  retryOf,
} from '../../machines/policy.ts';
import type { World } from '../../machines/world.ts';
import { FAILURE_CLASSES } from '../../src/ports/agent-request.ts';
import { agentStep, phase, retry, task } from '../fixtures/executions/definitions.ts';
import { ScriptedWorld } from '../fixtures/executions/scripted-world.ts';

function worldWith(extra: Parameters<typeof task>[1] = {}): World {
  const agents = { worker: { name: 'worker', timeoutMs: 700 }, idle: { name: 'idle' } };
  return new ScriptedWorld(task([phase('work', [])], extra), { agents }).fold.world;
}

describe('the retry of a step', () => {
  it.each([
    ["the step's own", retry(2), retry(3), 2],
    ["the task's", undefined, retry(3), 3],
    ['one attempt', undefined, undefined, 1],
  ] as const)('is %s', (_, own, ofTask, attempts) => {
    expect(retryOf(worldWith({ retry: ofTask }), agentStep('s', { retry: own })).maxAttempts).toBe(attempts);
  });
});

describe('the retry of a phase', () => {
  it('is its own, else one try; that of the task is for steps', () => {
    expect(phaseRetryOf(phase('p', [], { retry: retry(4) })).maxAttempts).toBe(4);
    expect(phaseRetryOf(phase('p', [])).maxAttempts).toBe(1);
  });
});

describe('the timeout of an attempt', () => {
  it.each([
    [300, 'worker', 300],
    [undefined, 'worker', 700],
    [undefined, 'idle', undefined],
    [undefined, 'unknown', undefined],
    [undefined, undefined, undefined],
    [300, undefined, 300],
  ] as const)('of a step with %s for the role %s is %s', (timeoutMs, role, expected) => {
    expect(attemptTimeoutOf(worldWith(), agentStep('s', { timeoutMs }), role)).toBe(expected);
  });
});

describe('a failure', () => {
  it.each(FAILURE_CLASSES)('of class %s', (kind) => {
    const again = ['crash', 'timeout', 'invalid-output', 'rate-limit'].includes(kind);
    expect(isRetryable({ class: kind, message: '' })).toBe(again);
  });
});

describe('the backoff', () => {
  const policy = fc.record({
    maxAttempts: fc.constant(10),
    backoffMs: fc.integer({ min: 1, max: 100_000 }),
    factor: fc.constantFrom(1, 1.5, 2, 10),
    maxBackoffMs: fc.integer({ min: 1, max: 1_000_000 }),
  });

  it('is the plain one moved by a tenth at most, and never moves by itself', () => {
    fc.assert(
      fc.property(policy, fc.integer({ min: 1, max: 20 }), fc.string(), (given, failures, subject) => {
        const plain = Math.min(given.maxBackoffMs, given.backoffMs * given.factor ** (failures - 1));
        const wait = backoffMs(given, failures, subject);
        expect(wait).toBeGreaterThanOrEqual(Math.round(plain * 0.9));
        expect(wait).toBeLessThanOrEqual(Math.round(plain * 1.1));
        expect(backoffMs(given, failures, subject)).toBe(wait);
      }),
      { seed: 20_260_401, numRuns: 200 },
    );
  });

  it('is nothing where the policy asks for none', () => {
    expect(backoffMs(retry(3), 1, 's')).toBe(0);
    expect(backoffMs({ ...retry(3, 100), maxBackoffMs: 0 }, 2, 's')).toBe(0);
  });

  it('differs between subjects, so that not all come back at once', () => {
    const waits = Array.from({ length: 50 }, (_, at) => backoffMs(retry(2, 100_000), 1, `step-${at}`));
    expect(new Set(waits).size).toBeGreaterThan(45);
  });
});

describe('the successes that a phase needs', () => {
  it.each([
    [undefined, 0, 0],
    [undefined, 5, 1],
    ['all', 5, 5],
    ['all', 0, 0],
    [0, 5, 0],
    [3, 5, 3],
    [9, 5, 9],
  ] as const)('with minSuccess %s and %i agent steps are %i', (minSuccess, count, needed) => {
    expect(requiredSuccesses(phase('p', [], { minSuccess }), count)).toBe(needed);
  });
});
