import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBarrier, type Program, programOf, runId } from '../../machines/program.ts';
import type { StepDefinition } from '../../src/task/definition.ts';
import { agentStep, aggregate, custom, phase, validation, wait } from '../fixtures/executions/definitions.ts';

function entries(program: Program) {
  return Array.from({ length: program.length }, (_, index) => program.at(index));
}

const runs = (program: Program) => entries(program).map(({ run }) => run);

describe('a program', () => {
  it('is the steps in file order, with barriers between segments', () => {
    const steps = [agentStep('a'), custom('b'), validation('v'), agentStep('c'), wait('w'), aggregate('g')];
    const program = programOf(phase('p', steps), undefined);
    expect(entries(program).map(({ run, barrier, above, item }) => [run, barrier, above, item])).toEqual([
      ['a', false, 0, undefined],
      ['b', false, 0, undefined],
      ['v', true, 2, undefined],
      ['c', false, 3, undefined],
      ['w', true, 4, undefined],
      ['g', true, 5, undefined],
    ]);
    expect(program.agentSteps).toBe(2);
  });

  it('lets each step see what is above it when the phase is in file order', () => {
    const program = programOf(phase('p', [agentStep('a'), agentStep('b')], { parallel: false }), undefined);
    expect(entries(program).map(({ above }) => above)).toEqual([0, 1]);
  });

  it('repeats the steps of a segment item by item, and barriers once', () => {
    const steps = [agentStep('a'), agentStep('b'), aggregate('g'), agentStep('c')];
    const program = programOf(phase('p', steps), 2);
    expect(runs(program)).toEqual(['a_1', 'b_1', 'a_2', 'b_2', 'g', 'c_1', 'c_2']);
    expect(entries(program).map(({ item }) => item)).toEqual([0, 0, 1, 1, undefined, 0, 1]);
    expect(program.agentSteps).toBe(6);
  });

  it('with no items is its barriers alone', () => {
    const program = programOf(phase('p', [agentStep('a'), aggregate('g'), agentStep('b')]), 0);
    expect(runs(program)).toEqual(['g']);
    expect(program.agentSteps).toBe(0);
  });

  it('is empty without steps', () => {
    const program = programOf(phase('p', []), undefined);
    expect([program.length, program.agentSteps]).toEqual([0, 0]);
  });

  it.each([-1, 2, 1.5, Number.NaN])('has nothing at %s', (index) => {
    expect(() => programOf(phase('p', [agentStep('a'), agentStep('b')]), undefined).at(index)).toThrow(
      RangeError,
    );
  });

  it('is made once for a phase and a number of items', () => {
    const given = phase('p', [agentStep('a')]);
    expect(programOf(given, 3)).toBe(programOf(given, 3));
    expect(programOf(given, 3)).not.toBe(programOf(given, 4));
    expect(programOf(given, undefined)).not.toBe(programOf(phase('p', [agentStep('a')]), undefined));
  });

  it('has every run once, at its own index, whatever the phase', () => {
    const kinds = [agentStep, custom, validation, aggregate, wait] as const;
    const drafts = fc.array(fc.nat(kinds.length - 1), { maxLength: 12 });
    fc.assert(
      fc.property(drafts, fc.option(fc.nat(6), { nil: undefined }), (picks, items) => {
        const steps = picks.map((pick, at) => (kinds[pick] ?? agentStep)(`s${at}`));
        const program = programOf(phase('p', steps), items);
        const all = entries(program);
        const expected = steps.reduce((sum, step) => sum + (isBarrier(step) ? 1 : (items ?? 1)), 0);
        expect(all).toHaveLength(expected);
        expect(new Set(all.map(({ run }) => run)).size).toBe(expected);
        expect(all.every(({ index }, at) => index === at)).toBe(true);
        expect(all.every(({ above, index }) => above <= index)).toBe(true);
        expect(all.filter(({ step }) => step.kind === 'agent')).toHaveLength(program.agentSteps);
      }),
      { seed: 20_260_501, numRuns: 200 },
    );
  });
});

describe('a barrier', () => {
  const steps: readonly (readonly [StepDefinition, boolean])[] = [
    [agentStep('a'), false],
    [custom('c'), false],
    [validation('v'), true],
    [aggregate('g'), true],
    [wait('w'), true],
  ];
  it.each(steps.map(([step, is]) => [step.kind, step, is] as const))('%s', (_, step, is) => {
    expect(isBarrier(step)).toBe(is);
  });
});

describe('the id of a run', () => {
  it("is the step's, followed by the item's number", () => {
    expect(runId(agentStep('s'), undefined)).toBe('s');
    expect(runId(agentStep('s'), 0)).toBe('s_1');
  });
});
