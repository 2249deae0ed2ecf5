import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { defineTask, type TaskSource } from '../../src/task/define.ts';
import type { TaskDefinition } from '../../src/task/definition.ts';
import { readTask } from '../../src/task/read.ts';
import { fence, readMd, readYml } from './read-text.ts';

/** A definition without what differs between forms on purpose: lines. */
function model({ task, diagnostics }: ReturnType<typeof readTask>): TaskDefinition {
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return JSON.parse(JSON.stringify(task, (key, value) => (key === 'line' ? undefined : value)));
}

const readCode = (source: unknown) => readTask(source as TaskSource, { file: 'task.ts', kind: 'code' });

const committee = defineTask({
  name: 'committee',
  version: '1.0.0',
  maxExecutionTime: '5 minutes',
  retry: { maxAttempts: 3, backoffMs: 2000 },
  requirements: { ticker: 'string', amount: { type: 'number', default: 1 }, agents: 'list?' },
  budget: { time: 60_000 },
  outputs: { verdict: 'phases.Verdict.outputs.verdict' },
  phases: [
    { name: 'Activation', parallel: false, steps: ['validation: amount > 0 - Amount must be positive'] },
    {
      name: 'Analysis',
      dependsOn: ['Activation'],
      timeout: 30_000,
      agents: ['trend', 'risk'],
      steps: [
        { text: 'Study {{ ticker }}', timeout: '10s', retry: { maxAttempts: 2 } },
        { agent: 'chair', text: 'Sum up', outputSchema: { type: 'object' }, input: { x: '{{ amount }}' } },
        { validation: 'size(results) > 1', message: 'too few' },
        { aggregate: 'weighted', input: { field: 'choice' } },
        { wait: 'go', timeout: '1h', schema: { type: 'boolean' } },
      ],
      outputs: ['choice', { name: 'share', description: 'of the votes' }],
    },
    { name: 'Verdict', dependsOn: ['Analysis'], agents: ['chair'], outputs: ['verdict'] },
  ],
});

const committeeMarkdown = `# Committee
${fence(`name: committee
version: 1.0.0
maxExecutionTime: 5 minutes
retry: {maxAttempts: 3, backoffMs: 2000}
requirements: {ticker: string, amount: {type: number, default: 1}, agents: list?}
budget: {time: 1m}
outputs: {verdict: phases.Verdict.outputs.verdict}`)}

## Phase: Activation
parallel: false
### Steps
- validation: amount > 0 - Amount must be positive

## Phase: Analysis
dependsOn: [Activation]
${fence('timeout: 30s')}
### Steps
- Study {{ ticker }}
${fence('timeout: 10s\nretry: {maxAttempts: 2}')}
- agent: chair - Sum up
${fence('outputSchema: {type: object}\ninput: {x: "{{ amount }}"}')}
- validation: size(results) > 1 - too few
- aggregate: weighted
${fence('input: {field: choice}')}
- wait: go
${fence('timeout: 1h\nschema: {type: boolean}')}
### Agents
- trend
- risk
### Outputs
- choice
- share - of the votes

## Phase: Verdict
dependsOn: [Analysis]
### Agents
- chair
### Outputs
- verdict
`;

test('Markdown, YAML and a program give the same model', () => {
  const fromCode = model(readCode(committee));
  expect(fromCode.phases[1]?.steps).toHaveLength(6);
  expect(fromCode).toMatchObject({ maxExecutionTimeMs: 300_000, budget: { timeMs: 60_000 } });
  expect(model(readYml(stringify(committee).replace('30000', '30s').replace('60000', '1m')))).toEqual(
    fromCode,
  );
  // The title of a validation is its whole bullet, which parts do not have.
  const withoutTitles = (task: TaskDefinition) =>
    JSON.parse(JSON.stringify(task).replaceAll(/"title":"[^"]*"/g, '"title":""'));
  expect(withoutTitles(model(readMd(committeeMarkdown)))).toEqual(withoutTitles(fromCode));
});

test('a definition that was read before is read as it is', () => {
  const { task } = readCode(committee);
  expect(readCode(task)).toEqual({ task, diagnostics: [] });
});

describe('any task', () => {
  const word = fc.string({ unit: fc.constantFrom(...'abcxyz'), minLength: 1, maxLength: 8 });
  const words = fc.array(word, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(' '));
  const step = fc.oneof(
    words.map((text) => ({ bullet: text, source: { text } })),
    fc
      .tuple(word, words)
      .map(([agent, text]) => ({ bullet: `agent: ${agent} - ${text}`, source: { agent, text } })),
    fc
      .integer({ min: 0, max: 99 })
      .map((n) => ({ bullet: `validation: ${n} > 1 - m`, source: { validation: `${n} > 1 - m` } })),
    fc
      .constantFrom('mean', 'rank')
      .map((kind) => ({ bullet: `aggregate: ${kind} - t`, source: { aggregate: `${kind} - t` } })),
    word.map((signal) => ({ bullet: `wait: ${signal}`, source: { wait: signal } })),
  );
  const phase = fc.record({
    parallel: fc.boolean(),
    agents: fc.uniqueArray(word, { minLength: 1, maxLength: 3 }),
    steps: fc.array(step, { maxLength: 5 }),
    outputs: fc.uniqueArray(word, { maxLength: 2 }),
    isAfter: fc.boolean(),
  });

  test('is the same in every form', () => {
    fc.assert(
      fc.property(words, fc.array(phase, { minLength: 1, maxLength: 4 }), (name, phases) => {
        const dependsOn = (index: number) =>
          phases[index]?.isAfter === true && index > 0 ? [`P${index - 1}`] : [];
        const markdown = phases.map(({ parallel, agents, steps, outputs }, index) =>
          [
            `## Phase: P${index}`,
            `dependsOn: [${dependsOn(index).join(', ')}]`,
            `parallel: ${parallel}`,
            '### Steps',
            ...steps.map(({ bullet }) => `- ${bullet}`),
            '### Agents',
            ...agents.map((agent) => `- ${agent}`),
            '### Outputs',
            ...outputs.map((output) => `- ${output}`),
          ].join('\n'),
        );
        const source = {
          name,
          phases: phases.map(({ parallel, agents, steps, outputs }, index) => ({
            name: `P${index}`,
            dependsOn: dependsOn(index),
            parallel,
            agents,
            steps: steps.map((one) => one.source),
            outputs,
          })),
        };
        // An output that only validations could make is an error in all forms.
        const fromCode = readCode(source);
        const fromMarkdown = readMd(`# ${name}\n${markdown.join('\n')}`);
        const fromYaml = readYml(stringify(source));
        expect(fromMarkdown.task === undefined).toBe(fromCode.task === undefined);
        expect(fromYaml.task === undefined).toBe(fromCode.task === undefined);
        if (fromCode.task === undefined) return;
        expect(model(fromMarkdown)).toEqual(model(fromCode));
        expect(model(fromYaml)).toEqual(model(fromCode));
      }),
    );
  });
});

describe('a program', () => {
  test.each<[string, unknown, string]>([
    [
      'a function',
      { name: 'T', phases: [{ name: 'P', agents: ['a'], when: () => true }] },
      'phases[0].when: a definition is data; this is a function (register it by name)',
    ],
    [
      'an object of a class',
      { name: 'T', phases: new Map() },
      'phases: a definition is data; this is an object of a class',
    ],
    ['a symbol', { name: Symbol('x'), phases: [] }, 'name: a definition is data; this is a symbol'],
    [
      'not a number',
      { name: 'T', retry: { maxAttempts: Number.NaN }, phases: [] },
      'retry.maxAttempts: a definition is data; this is a number',
    ],
    [
      'a negative duration',
      { name: 'T', maxExecutionTime: -1, phases: [] },
      "maxExecutionTime: maxExecutionTime: '-1' is no duration above zero",
    ],
    ['nothing', undefined, 'a task is a map of settings, not nothing'],
    ['a text', 'name: T', "a task is a map of settings, not 'name: T'"],
    ['a list', [1], 'a task is a map of settings, not a list'],
  ])('with %s is refused with its path', (_, source, message) => {
    const { task, diagnostics } = readCode(source);
    expect(task).toBeUndefined();
    expect(diagnostics.map((diagnostic) => diagnostic.message)).toContain(message);
  });

  test('prototype keys are refused', () => {
    const { diagnostics } = readCode(
      JSON.parse('{"name": "T", "__proto__": {"x": 1}, "phases": [{"name": "P", "agents": ["a"]}]}'),
    );
    expect(diagnostics).toMatchObject([{ code: 'BAD_NAME', message: "'__proto__' cannot be a key" }]);
  });

  test('data that holds itself is refused', () => {
    const source: Record<string, unknown> = { name: 'T' };
    source.phases = [source];
    expect(readCode(source).diagnostics.map(({ code }) => code)).toContain('OVER_LIMIT');
  });

  test('absent settings may be undefined', () => {
    const { task } = readCode({
      name: 'T',
      version: undefined,
      phases: [{ name: 'P', agents: ['a'], when: undefined }],
    });
    expect(task?.phases[0]).not.toHaveProperty('when');
    expect(task?.phases[0]).not.toHaveProperty('line');
  });

  test('parameters of a registered kind stand beside it', () => {
    const source = {
      name: 'T',
      phases: [{ name: 'P', steps: [{ 'deep-look': 'closely', depth: 3, agent2: 'x' }] }],
    };
    const { task } = readTask(source, { file: 'x', kind: 'code', customKinds: ['deep-look'] });
    expect(task?.phases[0]?.steps).toMatchObject([
      { kind: 'custom', strategy: 'deep-look', title: 'closely', parameters: { depth: 3, agent2: 'x' } },
    ]);
  });
});

test.each([
  ['[x]', [{ name: 'x' }]],
  [
    '["x: input.a", "y - why"]',
    [
      { name: 'x', expression: 'input.a' },
      { name: 'y', description: 'why' },
    ],
  ],
  ['[{x: input.a}, {y: }]', [{ name: 'x', expression: 'input.a' }, { name: 'y' }]],
  [
    '[{name: x, expression: input.a - 1, description: d}]',
    [{ name: 'x', expression: 'input.a - 1', description: 'd' }],
  ],
  [
    '{x: input.a - what it is, y: }',
    [{ name: 'x', expression: 'input.a', description: 'what it is' }, { name: 'y' }],
  ],
])('outputs in yaml: %s', (text, outputs) => {
  const { task } = readYml(
    `name: T\nrequirements: {a: number}\nphases: [{name: P, agents: [b], outputs: ${text}}]`,
  );
  expect(task?.phases[0]?.outputs).toEqual(outputs);
});
