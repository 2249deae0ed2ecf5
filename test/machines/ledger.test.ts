import { describe, expect, it } from 'vitest';
import { Ledger, type LedgerJson, type StepResult, withoutDetails } from '../../machines/ledger.ts';
import type { Json } from '../../src/json.ts';

const RESULT: StepResult = {
  step: 's',
  index: 0,
  kind: 'agent',
  agent: 'worker',
  status: 'succeeded',
  attempts: 1,
  lastAttempt: 1,
  output: { xstate$$type: 1, id: 'slot-0' },
  startedAt: 1,
  endedAt: 2,
};

function filled(): Ledger {
  const ledger = new Ledger();
  const produce = ledger.phase('p');
  produce.results.set('s', RESULT);
  produce.items = [1, null, 'x'];
  produce.roles = { s: ['a', 'b', 'c'] };
  produce.outputs = { sum: 3 };
  produce.summary = { status: 'completed', degraded: true, startedAt: 1, endedAt: 2, tries: 1 };
  ledger.phase('__proto__').results.set('s', RESULT);
  ledger.addUsage({ tokens: 5, usd: 0.5 }, 100);
  ledger.bufferSignal('__proto__', 1);
  ledger.lastErrors.set('t', { class: 'crash', message: 'exit 1' });
  ledger.outputs = { done: true };
  return ledger;
}

describe('a ledger', () => {
  it('comes back from its JSON text as it was', () => {
    const ledger = filled();
    const text = JSON.stringify(ledger.toJSON());
    const again = Ledger.fromJSON(JSON.parse(text) as LedgerJson);
    expect(JSON.stringify(again.toJSON())).toBe(text);
    expect(again.phases).toEqual(ledger.phases);
    expect(again.signals).toEqual(ledger.signals);
    expect(again.lastErrors).toEqual(ledger.lastErrors);
    expect(again.usage).toEqual(ledger.usage);
    expect(again.outputs).toEqual(ledger.outputs);
  });

  it('comes back empty from an empty one', () => {
    const again = Ledger.fromJSON(JSON.parse(JSON.stringify(new Ledger().toJSON())) as LedgerJson);
    expect(again.phases.size + again.signals.size + again.lastErrors.size).toBe(0);
    expect(again.outputs).toBeUndefined();
  });

  it('gives JSON that later changes leave alone', () => {
    const ledger = filled();
    const json = ledger.toJSON();
    const text = JSON.stringify(json);
    ledger.addUsage({ tokens: 1 }, 1);
    ledger.bufferSignal('__proto__', 2);
    ledger.takeSignal('__proto__', () => true);
    ledger.phase('p').results.clear();
    expect(JSON.stringify(json)).toBe(text);
  });

  it('makes the place of a phase when it is first asked for', () => {
    const ledger = new Ledger();
    expect(ledger.phase('p')).toBe(ledger.phase('p'));
    expect([...ledger.phases.keys()]).toEqual(['p']);
  });

  it.each([
    [undefined, { tokens: 0, usd: 0, timeMs: 7 }],
    [{}, { tokens: 0, usd: 0, timeMs: 7 }],
    [{ tokens: 2 }, { tokens: 2, usd: 0, timeMs: 7 }],
    [{ usd: 0.25 }, { tokens: 0, usd: 0.25, timeMs: 7 }],
  ])('adds up usage %j', (usage, expected) => {
    const ledger = new Ledger();
    ledger.addUsage(usage, 7);
    expect(ledger.usage).toEqual(expected);
  });
});

describe('kept signals', () => {
  it('are taken oldest first, one at a time', () => {
    const ledger = new Ledger();
    for (const payload of ['a', 'b']) ledger.bufferSignal('go', payload);
    const any = () => true;
    expect([
      ledger.takeSignal('go', any),
      ledger.takeSignal('go', any),
      ledger.takeSignal('go', any),
    ]).toEqual([{ payload: 'a' }, { payload: 'b' }, undefined]);
    expect(ledger.signals.has('go')).toBe(false);
  });

  it('are passed over when they do not fit, and stay', () => {
    const ledger = new Ledger();
    for (const payload of [1, 'b', 2]) ledger.bufferSignal('go', payload);
    expect(ledger.takeSignal('go', (payload: Json) => typeof payload === 'string')).toEqual({ payload: 'b' });
    expect(ledger.takeSignal('go', () => false)).toBeUndefined();
    expect(ledger.takeSignal('stop', () => true)).toBeUndefined();
    expect(ledger.signals.get('go')).toEqual([1, 2]);
  });

  it('are a thousand of a name at most', () => {
    const ledger = new Ledger();
    const kept = Array.from({ length: 1_001 }, (_, at) => ledger.bufferSignal('go', at));
    expect(kept.filter(Boolean)).toHaveLength(1_000);
    expect(kept.at(-1)).toBe(false);
    expect(ledger.bufferSignal('stop', 1)).toBe(true);
  });
});

describe('an error without its details', () => {
  it('is the same otherwise', () => {
    const error = { code: 'VALIDATION_FAILED', message: 'no', phase: 'p', step: 's' };
    expect(withoutDetails({ ...error, details: { values: 1 } })).toEqual(error);
    expect(withoutDetails(error)).toEqual(error);
  });
});
