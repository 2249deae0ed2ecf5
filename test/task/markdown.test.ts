import { describe, expect, test } from 'vitest';
import type { PhaseDefinition, StepDefinition } from '../../src/task/definition.ts';
import type { ReadOptions } from '../../src/task/read.ts';
import { fence, places, readMd } from './read-text.ts';

/** The only phase of a task with this body; no diagnostics but warnings and notes. */
function phase(body: string, options: ReadOptions = {}): PhaseDefinition {
  const settings = fence('requirements: {amount: number, ticker: string}');
  const { task, diagnostics } = readMd(`# T\n${settings}\n## Phase: P\n${body}`, options);
  expect(diagnostics).toEqual([]);
  expect(task?.phases).toHaveLength(1);
  return task?.phases[0] as PhaseDefinition;
}

function steps(body: string, options: ReadOptions = {}): Partial<StepDefinition>[] {
  return phase(`### Steps\n${body}`, options).steps.map(({ line: _line, ...step }) => step);
}

describe('title block', () => {
  test('carries the settings of the task', () => {
    const settings = `
name: committee
description: Decides
version: 1.2.3
maxExecutionTime: 5 minutes
retry: {maxAttempts: 4, backoffMs: 2000, factor: 3, maxBackoffMs: 60000}
requirements:
  ticker: string
  amount: {type: number, minimum: 0, default: 5}
  when: date?
  tags: list
  any: any
concurrency: {phases: 2, steps: 8}
budget: {usd: 1.5, tokens: 1000, time: 1h}
outputs: [verdict, "size: phases.P.outputs.size - how much"]
onFailure: continue`;
    const { task, diagnostics } = readMd(
      `# Title\n\n${fence(settings)}\n\n## Phase: P\n### Agents\n- chair\n### Outputs\n- size`,
    );
    expect(diagnostics).toEqual([]);
    expect(task).toMatchObject({
      name: 'committee',
      description: 'Decides',
      version: '1.2.3',
      maxExecutionTimeMs: 300_000,
      retry: { maxAttempts: 4, backoffMs: 2000, factor: 3, maxBackoffMs: 60_000 },
      requirements: {
        ticker: { type: 'string' },
        amount: { type: 'number', minimum: 0, default: 5 },
        when: { type: 'string', format: 'date', 'x-optional': true },
        tags: { type: 'array' },
        any: {},
      },
      concurrency: { phases: 2, steps: 8 },
      budget: { usd: 1.5, tokens: 1000, timeMs: 3_600_000 },
      outputs: [
        { name: 'verdict' },
        { name: 'size', expression: 'phases.P.outputs.size', description: 'how much' },
      ],
      onFailure: 'continue',
    });
  });

  test('may be left out', () => {
    expect(readMd('# My task\n## Phase: P\n### Agents\n- a').task).toMatchObject({
      name: 'My task',
      version: '0.0.0',
      requirements: {},
      concurrency: {},
      onFailure: 'fail',
    });
  });

  test('only the first yaml block counts, and prose around it is prose', () => {
    const text = `Intro\n\n# T #\n\nText: with a colon\n\n- a list\n\n${fence('name: first')}\n\n${fence('name: second')}\n\n## Notes\n\n## Phase: P\n### Agents\n- a\n\n## After\n- text\n${fence('x: 1')}`;
    const { task, diagnostics } = readMd(text);
    expect(diagnostics).toEqual([]);
    expect(task?.name).toBe('first');
    expect(task?.phases[0]?.steps).toHaveLength(1);
  });

  test('retry fills in what is missing', () => {
    expect(readMd(`# T\n${fence('retry: {}')}\n## Phase: P\n### Agents\n- a`).task?.retry).toEqual({
      maxAttempts: 3,
      backoffMs: 1000,
      factor: 2,
      maxBackoffMs: 300_000,
    });
  });
});

describe('phase', () => {
  test('depends on others and takes steps one at a time, by its lines', () => {
    const text =
      '# T\n## Phase: A\n### Agents\n- a\n## Phase: B, and more\n### Agents\n- a\n## Phase: C\nWhat it is for: prose\ndependsOn: [A, "B, and more"]\nparallel: false\n### Agents\n- a';
    expect(readMd(text).task?.phases[2]).toMatchObject({
      name: 'C',
      dependsOn: ['A', 'B, and more'],
      parallel: false,
    });
  });

  test.each([
    ['dependsOn: []', []],
    ['dependsOn: A', ['A']],
    ["dependsOn: ['A' , B]", ['A', 'B']],
    ['    dependsOn: [A]', ['A']],
    ['dependsOn: [A]\n---', ['A']],
    ['', []],
  ])('%j', (line, names) => {
    const text = `# T\n## Phase: A\n### Agents\n- a\n## Phase: B\n### Agents\n- a\n## Phase: C\n\n${line}\n\n### Agents\n- a`;
    expect(readMd(text).task?.phases[2]?.dependsOn).toEqual(names);
  });

  test('carries settings in its yaml block', () => {
    const settings = `
when: amount > 0
forEach: '["a", "b"]'
timeout: 30s
retry: {maxAttempts: 2}
minSuccess: all
onFailure: continue
checkpoint: before-verdict
estimate: 10s`;
    expect(
      phase(
        `${fence(settings)}\n### Steps\n- agent: "{{ item }}" - Go`.replaceAll('"{{ item }}"', '{{ item }}'),
      ),
    ).toMatchObject({
      when: 'amount > 0',
      forEach: '["a", "b"]',
      timeoutMs: 30_000,
      retry: { maxAttempts: 2 },
      minSuccess: 'all',
      onFailure: 'continue',
      checkpoint: 'before-verdict',
      estimateMs: 10_000,
      steps: [{ agent: '{{ item }}', instructions: 'Go' }],
    });
    expect(phase(`${fence('checkpoint: true\nminSuccess: 1')}\n### Agents\n- a`)).toMatchObject({
      checkpoint: true,
      minSuccess: 1,
    });
  });

  test('agents without any bullet are told the title', () => {
    expect(phase('### Agents\n- a\n- `b` - the second\n- **c**').steps).toMatchObject([
      { id: 'p', agent: 'a', instructions: 'P', title: 'P' },
      { id: 'p-2', agent: 'b', instructions: 'P' },
      { id: 'p-3', agent: 'c', instructions: 'P' },
    ]);
  });
});

describe('bullets', () => {
  test('each run of plain bullets is one step for each agent', () => {
    const body =
      '### Steps\n- Look at {{ ticker }}\n- Say what you *see*\n- agent: chair - Sum up\n- Answer\n### Agents\n- a\n- b';
    expect(phase(body).steps).toMatchObject([
      { id: 'look-at-ticker', agent: 'a', instructions: '- Look at {{ ticker }}\n- Say what you *see*' },
      { id: 'look-at-ticker-2', agent: 'b' },
      { id: 'sum-up', agent: 'chair', instructions: 'Sum up' },
      { id: 'answer', agent: 'a', instructions: 'Answer' },
      { id: 'answer-2', agent: 'b', instructions: 'Answer' },
    ]);
  });

  test('settings end a run', () => {
    const body = `### Steps\n- One\n\n  ${fence('timeout: 1s').replaceAll('\n', '\n  ')}\n- Two\n### Agents\n- a`;
    expect(phase(body).steps).toMatchObject([
      { instructions: 'One', timeoutMs: 1000 },
      { instructions: 'Two', id: 'two' },
    ]);
  });

  test.each([
    ['- agent: a - Do - this', { agent: 'a', instructions: 'Do - this', title: 'Do - this', id: 'do-this' }],
    ['- agent: a', { agent: 'a', instructions: 'P', title: 'a', id: 'a' }],
    ['- agent: `a` - x', { agent: 'a', instructions: 'x' }],
    ['* agent: a - x', { agent: 'a' }],
    ['1. agent: a - x', { agent: 'a' }],
    [
      '- agent: a - first\n  second\n\n  - nested\n    more',
      { instructions: 'first\nsecond\n- nested\n  more', title: 'first second - nested more' },
    ],
    [
      '- agent: a - Über {{ ticker | upcase }}',
      { instructions: 'Über {{ ticker | upcase }}', id: 'uber-ticker-upcase' },
    ],
    ['- agent: a - 市場を見る', { id: 'step' }],
  ])('%j', (bullet, step) => {
    expect(steps(bullet)).toMatchObject([{ kind: 'agent', ...step }]);
  });

  test.each([
    ['- validation: amount > 0', { expression: 'amount > 0' }],
    ['- validation: amount > 0 - Amount', { expression: 'amount > 0', message: 'Amount', id: 'amount' }],
    [
      '- validation: amount - 5 > 0 - too small - really',
      { expression: 'amount - 5 > 0', message: 'too small - really' },
    ],
    [
      '- validation: `amount > 0` - amount - counts',
      { expression: 'amount > 0', message: 'amount - counts' },
    ],
    ['- validation: `amount > 0`', { expression: 'amount > 0', id: 'validate-amount-0' }],
    ['- validation: ticker != "a - b" - x', { expression: 'ticker != "a - b"', message: 'x' }],
    [
      '- validation: amount * 2 > amount * 1 - *stars*',
      { expression: 'amount * 2 > amount * 1', message: '*stars*' },
    ],
    [
      '- validation: amount > 0 &&\n  amount < 9 - wrapped',
      { expression: 'amount > 0 && amount < 9', message: 'wrapped' },
    ],
    ['- validation: input["amount"] > 0 - [x](y)', { expression: 'input["amount"] > 0', message: '[x](y)' }],
  ])('%j', (bullet, step) => {
    expect(steps(bullet)).toMatchObject([{ kind: 'validation', ...step }]);
  });

  test.each([
    [
      '- aggregate: weighted - Count votes',
      { aggregate: 'weighted', title: 'Count votes', id: 'count-votes' },
    ],
    ['- aggregate: mean', { aggregate: 'mean', title: 'mean', id: 'aggregate-mean' }],
  ])('%j', (bullet, step) => {
    expect(steps(bullet)).toMatchObject([{ kind: 'aggregate', ...step }]);
  });

  test('registered aggregates and kinds are known', () => {
    expect(steps('- aggregate: sum', { aggregates: ['sum'] })).toMatchObject([{ aggregate: 'sum' }]);
    const yaml = '\n  ```yaml\n  depth: 3\n  timeout: 2s\n  ```';
    expect(steps(`- custom-analysis: Look - closely${yaml}`, { customKinds: ['custom-analysis'] })).toEqual([
      {
        id: 'custom-analysis-look-closely',
        kind: 'custom',
        strategy: 'custom-analysis',
        title: 'Look - closely',
        timeoutMs: 2000,
        parameters: { depth: 3 },
      },
    ]);
    expect(steps('- custom: x', { customKinds: ['custom'] })[0]).not.toHaveProperty('parameters');
  });

  test('a wait has a signal, a schema and a deadline', () => {
    expect(
      steps(
        '- wait: go-ahead - Ask\n  ```yaml\n  timeout: 1h\n  schema: {type: boolean}\n  ```\n- wait: more',
      ),
    ).toEqual([
      {
        id: 'ask',
        kind: 'wait',
        title: 'Ask',
        signal: 'go-ahead',
        timeoutMs: 3_600_000,
        schema: { type: 'boolean' },
      },
      { id: 'wait-more', kind: 'wait', title: 'more', signal: 'more' },
    ]);
  });

  test('settings stand in a yaml block under the bullet, indented or not', () => {
    const yaml =
      'id: mine\ntimeout: 3s\nclaimWithin: 1m\nretry: {maxAttempts: 2}\nestimate: 1s\npriority: 5\ninput: {a: ["{{ ticker }}"]}\ncache: {ttl: 1h, key: "{{ ticker }}"}\noutputSchema: {type: object}';
    const expected = {
      id: 'mine',
      timeoutMs: 3000,
      claimWithinMs: 60_000,
      retry: { maxAttempts: 2 },
      estimateMs: 1000,
      priority: 5,
      input: { a: ['{{ ticker }}'] },
      cache: { ttlMs: 3_600_000, key: '{{ ticker }}' },
      outputSchema: { type: 'object' },
    };
    expect(steps(`- agent: a - x\n${fence(yaml)}`)).toMatchObject([expected]);
    expect(steps(`- agent: a - x\n  ${fence(yaml).replaceAll('\n', '\n  ')}\n- agent: b`)).toMatchObject([
      expected,
      { agent: 'b' },
    ]);
  });
});

test('outputs: a name, an expression, a description', () => {
  const outputs =
    '### Steps\n- agent: a\n### Outputs\n- verdict\n- size: results.a.size - how much\n- `risk` - what may happen\n- x: amount - 1';
  expect(phase(outputs).outputs).toEqual([
    { name: 'verdict' },
    { name: 'size', expression: 'results.a.size', description: 'how much' },
    { name: 'risk', description: 'what may happen' },
    { name: 'x', expression: 'amount - 1' },
  ]);
});

test('ids are unique in the task, and what the author says goes first', () => {
  const text =
    '# T\n## Phase: A\n### Steps\n- agent: a - Go\n- agent: a - Go\n## Phase: B\n### Steps\n- agent: a - Go\n- agent: a\n  ```yaml\n  id: go-2\n  ```';
  const ids = readMd(text).task?.phases.flatMap(({ steps: list }) => list.map(({ id }) => id));
  expect(ids).toEqual(['go', 'go-3', 'go-4', 'go-2']);
});

test('lines end as they like, and the file may begin with a byte order mark', () => {
  const text = '# T\n## Phase: A\nparallel: false\n### Steps\n-\tagent: a - Go\n### Outputs\n- x';
  const plain = readMd(text);
  expect(plain.diagnostics).toEqual([]);
  expect(readMd(`\uFEFF${text.replaceAll('\n', '\r\n')}`)).toEqual(plain);
  expect(readMd(text.replaceAll('\n', '\r'))).toEqual(plain);
});

test('names may be in any script', () => {
  const text =
    '# T\n## Phase: Überblick 市場\n### Agents\n- a\n## Phase: Ende\ndependsOn: [Überblick 市場]\n### Steps\n- agent: a - {{ outputs["Überblick 市場"].a }}';
  const { task, diagnostics } = readMd(text);
  expect(diagnostics).toEqual([]);
  expect(task?.phases[1]?.dependsOn).toEqual(['Überblick 市場']);
});

test('a comment in HTML is no step', () => {
  expect(steps('- agent: a - x\n\n<!--\n- agent: b - y\n-->')).toHaveLength(1);
});

test('a note says when nothing depends on anything', () => {
  const result = readMd('# T\n## Phase: A\n### Agents\n- a\n## Phase: B\n### Agents\n- a');
  expect(result.task).toBeDefined();
  expect(places(result)).toEqual(['2:11 NO_DEPENDENCIES']);
});
