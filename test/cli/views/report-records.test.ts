import { describe, expect, test } from 'vitest';
import { recordLine } from '../../../src/cli/views/report-records.ts';
import type { Json } from '../../../src/json.ts';
import type { Source } from '../../../src/ports/event-log.ts';
import { page } from './report-fixtures.ts';

describe('a record on one line', () => {
  test.each<[string, Json, Source, string]>([
    ['execution.started', { task: { name: 'a', version: '1.0.0' } }, 'control', 'a 1.0.0  control'],
    ['step.claimed', { step: 's', attempt: 1, host: 'h' }, 'engine', 's by h'],
    ['step.claimed', { step: 's', attempt: 3, host: 'h' }, 'engine', 's attempt 3 by h'],
    ['step.succeeded', { step: 's', attempt: 1, output: 7 }, 'agent.worker', 's 7  agent.worker'],
    ['step.answered', { step: 's', attempt: 1, key: 'k', output: 7 }, 'engine', 's 7'],
    ['step.succeeded', { step: 's', output: { a: { b: 1 } } }, 'agent.worker', 's (13 bytes)  agent.worker'],
    [
      'step.failed',
      { step: 's', error: { class: 'crash', message: 'exit 1' } },
      'agent.w',
      's crash: exit 1  agent.w',
    ],
    ['claim.expired', { step: 's', reason: 'silence' }, 'engine', 's silence'],
    ['timer.fired', { timerId: 'step/s/1/5' }, 'engine', 'step/s/1/5'],
    ['evaluation.completed', { evaluationId: 'e', output: true }, 'engine', 'e'],
    ['evaluation.failed', { evaluationId: 'e', error: { message: 'no' } }, 'engine', 'e no'],
    ['signal.sent', { name: 'go', payload: 'now' }, 'control', 'go now  control'],
    ['pause.requested', { reason: 'lunch' }, 'control', 'lunch  control'],
    ['checkpoint.requested', { name: 'here' }, 'control', 'here  control'],
  ])('%s %j by %s', (type, data, source, told) => {
    expect(lineOf(type, data, source)).toMatch(/^ {5}7 {2}\d\d:\d\d:\d\d\.\d{3} {2}/);
    expect(lineOf(type, data, source).split(type)[1]?.trim()).toBe(told);
  });

  test('of any data whatever, since anyone may append', () => {
    for (const data of [
      null,
      'text',
      [1],
      { step: { deep: true } },
      { error: 'x', attempt: 'y' },
    ] satisfies Json[]) {
      for (const type of ['execution.started', 'step.failed', 'step.succeeded', 'no.such.type']) {
        expect(lineOf(type, data, 'control')).toContain(type);
      }
    }
  });

  test('says why it was refused', () => {
    const record = {
      position: 7,
      at: 0,
      id: 'r',
      execution: 'e',
      source: 'control',
      type: 'a',
      data: {},
    } as const;
    expect(recordLine({ record, refusal: 'stale' }, page())).toContain('refused: stale');
  });

  test('is cut to the page, and cannot move the cursor', () => {
    const text = lineOf(
      'signal.sent',
      { name: '\u001B[2J\u0007'.repeat(3) + 'x'.repeat(200), payload: null },
      'control',
    );
    expect(text.length).toBeLessThanOrEqual(80);
    expect(text).not.toMatch(/\p{Cc}/u);
  });
});

function lineOf(type: string, data: Json, source: Source): string {
  return recordLine({ record: { position: 7, at: 0, id: 'r', execution: 'e', source, type, data } }, page());
}
