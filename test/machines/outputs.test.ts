import { describe, expect, it } from 'vitest';
import { Ledger, type StepResult } from '../../machines/ledger.ts';
import {
  inFileOrder,
  lastPhases,
  type Picked,
  pickExecutionOutputs,
  pickNames,
  pickPhaseOutputs,
  resultsOf,
} from '../../machines/outputs.ts';
import type { Json } from '../../src/json.ts';
import type { PhaseDefinition } from '../../src/task/definition.ts';
import { phase, task } from '../fixtures/executions/definitions.ts';

type Given = Partial<StepResult> & { readonly output?: Json | undefined };

/** Results in the order in which the steps ended; `index` is their place in the file. */
function ledgerWith(...results: readonly Given[]): Ledger {
  const ledger = new Ledger();
  for (const [at, given] of results.entries()) {
    const step = given.step ?? `s${at}`;
    ledger.phase('p').results.set(step, {
      index: at,
      kind: 'agent',
      agent: 'worker',
      status: 'succeeded',
      attempts: 1,
      lastAttempt: 1,
      startedAt: 0,
      endedAt: 1,
      ...given,
      step,
    });
  }
  return ledger;
}

const REF = { $artifact: `sha256:${'0'.repeat(64)}`, bytes: 99 };

describe('the results of a phase', () => {
  it('are in file order, whoever ended first, and only of what succeeded', () => {
    const ledger = ledgerWith(
      { step: 'last', index: 2 },
      { step: 'first', index: 0 },
      { step: 'failed', index: 1, status: 'failed' },
    );
    expect(inFileOrder(ledger, 'p').map(({ step }) => step)).toEqual(['first', 'last']);
    expect(inFileOrder(ledger, 'unknown')).toEqual([]);
  });

  it('are one output per agent, and a list for an agent with several', () => {
    const ledger = ledgerWith(
      { agent: 'one', output: 1 },
      { agent: 'many', output: 'a' },
      { agent: 'many', output: ['b'] },
      { agent: 'many', output: 'c' },
      { agent: 'list', output: [1, 2] },
      { agent: undefined, kind: 'custom', output: 'nobody' },
      { agent: 'silent' },
    );
    expect(resultsOf(ledger, 'p')).toEqual({ one: 1, many: ['a', ['b'], 'c'], list: [1, 2] });
  });

  it('are those above a place of the program, where one is given', () => {
    const ledger = ledgerWith(
      { agent: 'a', output: 1 },
      { agent: 'b', output: 2 },
      { agent: 'c', output: 3 },
    );
    expect(resultsOf(ledger, 'p', 2)).toEqual({ a: 1, b: 2 });
    expect(resultsOf(ledger, 'p', 0)).toEqual({});
  });

  it('keep an agent with the name of a property as its own', () => {
    const results = resultsOf(
      ledgerWith({ agent: '__proto__', output: 1 }, { agent: 'constructor', output: 2 }),
      'p',
    );
    expect(Object.entries(results)).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ]);
  });
});

describe('the outputs of a phase', () => {
  const listed: PhaseDefinition = phase('p', [], { outputs: [{ name: 'x' }] });
  const whole: PhaseDefinition = phase('p', []);

  const cases: readonly (readonly [string, PhaseDefinition, Ledger, Picked])[] = [
    [
      'an expression needs an effect',
      phase('p', [], { outputs: [{ name: 'x' }, { name: 'y', expression: '1' }] }),
      ledgerWith(),
      { kind: 'evaluate' },
    ],
    [
      'a name is a key of the aggregate',
      listed,
      aggregated({ x: 1 }, { output: { x: 2 } }),
      picked({ x: 1 }),
    ],
    ['a key that is null is one', listed, aggregated({ x: null }, { output: { x: 2 } }), picked({ x: null })],
    [
      'else of the only output that has it',
      listed,
      aggregated({ y: 1 }, { output: { x: 2 } }),
      picked({ x: 2 }),
    ],
    [
      'without an aggregate too',
      listed,
      ledgerWith({ output: { x: 2 } }, { output: 'text' }),
      picked({ x: 2 }),
    ],
    [
      'an inherited key is none',
      phase('p', [], { outputs: [{ name: 'toString' }] }),
      ledgerWith({ output: {} }),
      missing('toString', 'no step has it'),
    ],
    [
      'a list has no keys',
      phase('p', [], { outputs: [{ name: 'length' }] }),
      ledgerWith({ output: [1] }),
      missing('length', 'no step has it'),
    ],
    [
      'several that have it are too many',
      listed,
      ledgerWith({ output: { x: 1 } }, { output: { x: 1 } }),
      missing('x', '2 steps have it'),
    ],
    [
      'a validation has none',
      listed,
      ledgerWith({ kind: 'validation', output: { x: 1 } }),
      missing('x', 'no step has it'),
    ],
    [
      'the last aggregate counts',
      listed,
      ledgerWith({ kind: 'aggregate', output: { x: 1 } }, { kind: 'aggregate', output: { x: 2 } }),
      picked({ x: 2 }),
    ],
    ['a large value needs an effect', listed, ledgerWith({ output: REF }), { kind: 'evaluate' }],
    ['a large aggregate does too', listed, aggregated(REF), { kind: 'evaluate' }],
    [
      'a large failed step does not',
      listed,
      ledgerWith({ output: { x: 1 } }, { output: REF, status: 'failed' }),
      picked({ x: 1 }),
    ],
    [
      'unlisted: what each agent said',
      whole,
      ledgerWith({ output: 1 }, { agent: 'other', output: REF }),
      picked({ worker: 1, other: REF }),
    ],
    [
      'unlisted: waits and own kinds by step',
      whole,
      ledgerWith(
        { kind: 'wait', agent: undefined, step: 'w', output: 'go' },
        { kind: 'custom', agent: undefined, step: 'c', output: 2 },
      ),
      picked({ w: 'go', c: 2 }),
    ],
    ['unlisted: the aggregate alone', whole, aggregated({ sum: 3 }, { output: 1 }), picked({ sum: 3 })],
    ['unlisted: an aggregate that is a value', whole, aggregated(3), picked({ value: 3 })],
    ['unlisted: an aggregate that is large', whole, aggregated(REF), picked({ value: REF })],
    ['unlisted: an aggregate that is a list', whole, aggregated([1]), picked({ value: [1] })],
    [
      'unlisted: nothing of a validation',
      whole,
      ledgerWith({ kind: 'validation', agent: undefined, output: true }),
      picked({}),
    ],
  ];
  it.each(cases)('%s', (_, definition, ledger, expected) => {
    expect(pickPhaseOutputs(ledger, definition)).toEqual(expected);
  });

  it('may be named like a property', () => {
    const output = JSON.parse('{"__proto__": {"a": 1}}') as Json;
    const result = pickNames([{ name: '__proto__' }], undefined, [output]);
    expect(result.kind === 'picked' && Object.entries(result.outputs)).toEqual([['__proto__', { a: 1 }]]);
  });
});

describe('the outputs of an execution', () => {
  const first = phase('first', []);
  const left = phase('left', [], { dependsOn: ['first'] });
  const right = phase('right', [], { dependsOn: ['first'] });

  function ledgerOf(outputs: { readonly [phase: string]: { readonly [name: string]: Json } }): Ledger {
    const ledger = new Ledger();
    for (const [name, produced] of Object.entries(outputs)) ledger.phase(name).outputs = produced;
    return ledger;
  }

  it('are those of the phases nobody depends on, the later in the file before the earlier', () => {
    const ledger = ledgerOf({ first: { a: 1 }, left: { b: 2, same: 'left' }, right: { same: 'right' } });
    const definition = task([first, left, right]);
    expect(lastPhases(definition).map(({ name }) => name)).toEqual(['left', 'right']);
    expect(pickExecutionOutputs(ledger, definition)).toEqual(picked({ b: 2, same: 'right' }));
  });

  it('are none of a phase that was skipped', () => {
    expect(pickExecutionOutputs(ledgerOf({ first: { a: 1 } }), task([first, left]))).toEqual(picked({}));
  });

  it('are those the task lists: of the last phases, else of the only one that has it', () => {
    const ledger = ledgerOf({ first: { a: 1, b: 1 }, left: { b: 2 } });
    const outputs = [{ name: 'a' }, { name: 'b' }];
    expect(pickExecutionOutputs(ledger, task([first, left], { outputs }))).toEqual(picked({ a: 1, b: 2 }));
  });

  it('that are missing are named', () => {
    const ledger = ledgerOf({ first: { a: 1 } });
    expect(pickExecutionOutputs(ledger, task([first], { outputs: [{ name: 'z' }] }))).toEqual(
      missing('z', 'no step has it'),
    );
  });

  it('that are expressions need an effect', () => {
    const outputs = [{ name: 'z', expression: '1' }];
    expect(pickExecutionOutputs(new Ledger(), task([first], { outputs }))).toEqual({ kind: 'evaluate' });
  });

  it('may be named like a property', () => {
    const produced = JSON.parse('{"__proto__": {"a": 1}}') as { readonly [name: string]: Json };
    const result = pickExecutionOutputs(ledgerOf({ first: produced }), task([first]));
    expect(result.kind === 'picked' && Object.entries(result.outputs)).toEqual([['__proto__', { a: 1 }]]);
  });
});

function aggregated(output: Json, ...others: readonly Given[]): Ledger {
  return ledgerWith(...others, { kind: 'aggregate', agent: undefined, step: 'sum', output });
}

function picked(outputs: { readonly [name: string]: Json }): Picked {
  return { kind: 'picked', outputs };
}

function missing(name: string, looked: string): Picked {
  return { kind: 'missing', name, looked };
}
