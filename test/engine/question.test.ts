import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fold } from '../../src/engine/fold.ts';
import { indexPinned } from '../../src/engine/pinned.ts';
import { type Question, questionOf } from '../../src/engine/question.ts';
import { taskRules } from '../../src/engine/rules.ts';
import { type Rendered, renderWork } from '../../src/engine/work.ts';
import type { Json } from '../../src/json.ts';
import type { AgentStep, TaskDefinition } from '../../src/task/definition.ts';
import { agentStep, phase, task } from '../fixtures/executions/definitions.ts';

interface Asked {
  readonly execution?: string;
  readonly input?: Json;
  readonly step?: Partial<AgentStep>;
  readonly file?: object;
  readonly task?: Partial<TaskDefinition>;
}

/** What the one step of an execution asks. */
function ask({
  execution = 'e',
  input = { a: 1 },
  step,
  file,
  task: rest,
}: Asked = {}): Question | undefined {
  const definition = task([phase('work', [agentStep('s', { cache: { ttlMs: 1000 }, ...step })])], rest);
  const agents = { worker: { name: 'worker', prompt: 'be kind', ...file }, other: { name: 'other' } };
  const first = {
    ...{ position: 1, at: 1, id: 'start', execution, type: 'execution.started' },
    source: 'control',
    data: {
      ...{ foldVersion: 1, pinned: 'digest', inputDigest: '', input },
      task: { name: definition.name, version: definition.version },
    },
  } as const;
  const fold = Fold.begin(first, indexPinned({ definition, agents }, 'digest'), input, taskRules);
  // Nothing here is kept in the artifact store.
  return questionOf(fold, 's', renderWork(fold, 's', undefined as never) as Rendered);
}

const keyed = (extra: Partial<AgentStep> = {}): Partial<AgentStep> => ({
  ...{ cache: { ttlMs: 1000, key: '{{ input.a }}' } },
  ...extra,
});

describe('what a step asks', () => {
  it('is nothing without a cache', () => {
    expect(ask({ step: { cache: undefined } })).toBeUndefined();
  });

  it('is short, whatever it is about', () => {
    expect(ask({ input: { text: 'x'.repeat(10_000) } })).toEqual({
      key: expect.stringMatching(/^[0-9a-f]{64}$/),
      ttlMs: 1000,
    });
  });

  it('can be told also of what JSON has no word for', () => {
    expect(ask({ step: { input: { b: '{{ input.a | divided_by: 0 }}' } } })).toBeDefined();
  });

  it.each<readonly [string, Asked]>([
    ['another execution', { execution: 'another' }],
    ['another version of the task', { task: { version: '2.0.0' } }],
    ['a task of another name', { task: { name: 'other' } }],
    ['another step of the same words', { step: { title: 'other', priority: 3 } }],
    ['another length of life', { step: { cache: { ttlMs: 5 } } }],
    ['a file in another folder', { file: { directory: '/elsewhere' } }],
  ])('is the same for %s', (_, asked) => {
    expect(ask(asked)?.key).toBe(ask()?.key);
  });

  it.each<readonly [string, Asked]>([
    ['another input', { input: { a: 2 } }],
    ['an input with more in it', { input: { a: 1, b: 1 } }],
    ['other instructions', { step: { instructions: 'do it well' } }],
    ['an input of its own', { step: { input: { b: 2 } } }],
    ['another agent', { step: { agent: 'other' } }],
    ['another file of the agent', { file: { prompt: 'be strict' } }],
    ['another schema', { step: { outputSchema: { type: 'string' } } }],
    ['a key', { step: keyed() }],
  ])('is another with %s', (_, asked) => {
    expect(ask(asked)?.key).not.toBe(ask()?.key);
  });

  it('does not depend on what the key does not name, nor on what templates come to', () => {
    const templated = keyed({ instructions: 'say {{ input.b }}', input: { more: '{{ input.b }}' } });
    const [one, other] = [1, 2].map((b) => ask({ step: templated, input: { a: 1, b } }));
    expect(other?.key).toBe(one?.key);
  });

  it.each<readonly [string, Asked]>([
    ['what the key names', { step: keyed(), input: { a: 2 } }],
    ["the step's own words", { step: keyed({ instructions: 'other words' }) }],
    ["the step's own input", { step: keyed({ input: { b: 'x' } }) }],
    ["the agent's file", { step: keyed(), file: { prompt: 'be strict' } }],
    ['the schema', { step: keyed({ outputSchema: { type: 'string' } }) }],
    ['who is asked', { step: keyed({ agent: 'other' }) }],
  ])('depends on %s, where there is a key', (_, asked) => {
    expect(ask(asked)?.key).not.toBe(ask({ step: keyed() })?.key);
  });

  it('is the same exactly for inputs that are', () => {
    const inputs = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
    fc.assert(
      fc.property(inputs, inputs, (one, other) => {
        const [a, b] = [one, other].map((input) => JSON.parse(JSON.stringify(input)) as Json);
        const reversed = Object.fromEntries(Object.entries(a as object).reverse()) as Json;
        expect(ask({ input: reversed })?.key).toBe(ask({ input: a as Json })?.key);
        const isSame = ask({ input: a as Json })?.key === ask({ input: b as Json })?.key;
        expect(isSame).toBe(isEqual(a, b));
      }),
      { seed: 20_260_301, numRuns: 100 },
    );
  });
});

function isEqual(a: unknown, b: unknown): boolean {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}
