import { describe, expect, test } from 'vitest';
import { readTask } from '../../src/task/read.ts';
import { fence, places, readMd, readYml } from './read-text.ts';

/** One phase `P` at line 2 with this body from line 3. */
const inPhase = (body: string) => `# T\n## Phase: P\n${body}`;
/** Steps from line 4. */
const inSteps = (body: string) => inPhase(`### Steps\n${body}`);
/** A yaml block in phase P; its text begins at line 4. */
const withSettings = (yaml: string) => inPhase(`${fence(yaml)}\n### Agents\n- a`);
/** The title block; its text begins at line 3. */
const withTitle = (yaml: string) => `# T\n${fence(yaml)}\n## Phase: P\n### Agents\n- a`;
/** A yaml block under an agent bullet; its text begins at line 6, column 3. */
const withStep = (yaml: string) => inSteps(`- agent: a\n  ${fence(yaml).replaceAll('\n', '\n  ')}`);
const phases = (...dependsOn: string[]) =>
  `# T\n${dependsOn.map((names, index) => `## Phase: ${'ABCDEF'[index]}\n${names === '' ? '' : `dependsOn: [${names}]`}\n### Agents\n- a\n`).join('')}`;

describe('the graph', () => {
  test.each([
    [
      'an unknown phase',
      phases('', 'A, Aa'),
      '7:16 UNKNOWN_PHASE',
      "no phase is called 'Aa'",
      "did you mean 'A'?",
    ],
    [
      'an unknown phase far from any',
      phases('', 'Nowhere'),
      '7:13 UNKNOWN_PHASE',
      "'Nowhere'",
      'phases are A, B',
    ],
    [
      'a cycle, written out',
      phases('C', 'A', 'B'),
      '7:13 CYCLE',
      'phases wait for each other: A → C → B → A',
      undefined,
    ],
    ['a phase that waits for itself', phases('A'), '3:13 CYCLE', 'A → A', undefined],
    [
      'a dependency named twice',
      phases('', 'A, A'),
      '7:16 DUPLICATE_KEY',
      "'A' stands here twice",
      undefined,
    ],
    [
      'two phases of one name',
      `${phases('')}## Phase: A\n### Agents\n- a`,
      '6:11 DUPLICATE_PHASE',
      "two phases are called 'A'",
      undefined,
    ],
    ['a condition that is false', withSettings('when: "false"'), '2:11 UNREACHABLE', 'never runs', undefined],
  ])('%s', (_, text, place, message, hint) => {
    const result = readMd(text);
    expect(places(result)).toContain(place);
    const found = result.diagnostics.find(({ line, column, code }) => `${line}:${column} ${code}` === place);
    expect(found?.message).toContain(message);
    expect(found?.hint).toBe(hint);
    expect(result.task).toBeUndefined();
  });

  test('phases behind a cycle are unreachable', () => {
    const result = readMd(phases('B', 'A', 'B', 'C'));
    expect(places(result)).toEqual(['7:13 CYCLE', '10:11 UNREACHABLE', '14:11 UNREACHABLE']);
    expect(result.diagnostics[1]?.message).toBe("the phase 'C' can never start: 'B' never ends");
  });

  test('a long chain is no cycle', () => {
    const chain = Array.from({ length: 1000 }, (_, index) => ({
      name: `p${index}`,
      dependsOn: `[${index === 0 ? '' : `p${index - 1}`}]`,
    }));
    const text = chain
      .map(({ name, dependsOn }) => `## Phase: ${name}\ndependsOn: ${dependsOn}\n### Agents\n- a`)
      .join('\n');
    expect(readMd(`# T\n${text}`).diagnostics).toEqual([]);
  });
});

test.each<[string, string, string[]]>([
  // The document.
  ['no phase', '# T\n', ['1:1 NO_PHASES']],
  ['no name', '## Phase: P\n### Agents\n- a', ['1:1 MISSING_NAME']],
  ['a phase without name', '# T\n## Phase:\n### Agents\n- a', ['2:10 BAD_NAME']],
  ['a phase without steps', inPhase(''), ['2:11 EMPTY_PHASE']],
  ['front matter', '---\nname: x\n---\n# T\n## Phase: P\n### Agents\n- a', ['1:1 STRAY_CONTENT']],
  ['a numbered phase', '# T\n## Phase 1: P', ['1:1 NO_PHASES', '2:4 NOT_YET_SUPPORTED']],
  ['a misspelt section', inPhase('### Agent\n- a'), ['2:11 EMPTY_PHASE', '3:5 UNKNOWN_SECTION']],
  ['a misspelt phase', `${inPhase('### Agents\n- a')}\n## Phse: Q`, ['5:4 UNKNOWN_SECTION']],
  [
    'sections under a heading that is no phase',
    `${inPhase('### Agents\n- a')}\n## Q\n### Steps\n- x\n### Notes`,
    ['6:5 STRAY_CONTENT'],
  ],
  ['prose under headings of its own', `${inPhase('### Agents\n- a')}\n## Notes: more\n### Sources\n- x`, []],
  ['a list above the sections', inPhase('- agent: a\n### Agents\n- a'), ['3:1 STRAY_CONTENT']],
  [
    'a fence without end',
    inPhase('### Agents\n- a\n```yaml\nx: 1'),
    ['5:1 STRAY_CONTENT', '5:1 STRAY_CONTENT'],
  ],
  [
    'a second settings block',
    inPhase(`${fence('timeout: 1s')}\n${fence('timeout: 1s')}\n### Agents\n- a`),
    ['6:1 STRAY_CONTENT'],
  ],
  [
    'two blocks under a bullet',
    inSteps(
      `- agent: a\n\n  ${fence('id: x').replaceAll('\n', '\n  ')}\n  ${fence('id: y').replaceAll('\n', '\n  ')}`,
    ),
    ['9:3 STRAY_CONTENT'],
  ],
  ['an empty bullet', inSteps('- agent: a\n-\n'), ['5:1 STRAY_CONTENT']],
  // Lines of a phase.
  ['parallel, the placeholder', inPhase('parallel: true/false\n### Agents\n- a'), ['3:11 BAD_VALUE']],
  ['dependsOn without a value', inPhase('dependsOn:\n### Agents\n- a'), ['3:11 BAD_VALUE']],
  ['a misspelt line', inPhase('depends_on: [A]\n### Agents\n- a'), ['3:1 UNKNOWN_KEY']],
  ['a setting as a line', inPhase('timeout: 3s\n### Agents\n- a'), ['3:1 UNKNOWN_KEY']],
  ['a line twice', inPhase('parallel: true\nparallel: false\n### Agents\n- a'), ['4:1 DUPLICATE_KEY']],
  [
    'a setting in a line and in the block',
    inPhase(`parallel: true\n\n${fence('parallel: false')}\n### Agents\n- a`),
    ['3:1 DUPLICATE_KEY'],
  ],
  // Settings.
  ['an unknown setting', withTitle('maxExecutionTme: 3s'), ['3:1 UNKNOWN_KEY']],
  ['an unknown setting of a phase', withSettings('timeuot: 3s'), ['4:1 UNKNOWN_KEY']],
  ['an unknown setting of a step', withStep('colour: red'), ['6:3 UNKNOWN_KEY']],
  ['a bad version', withTitle('version: 1.0'), ['3:10 BAD_VERSION']],
  ['a version with a v', withTitle('version: v1.0.0'), ['3:10 BAD_VERSION']],
  ['a bad duration', withTitle('maxExecutionTime: 5 parsecs'), ['3:19 BAD_DURATION']],
  ['a duration without unit', withSettings('timeout: 30'), ['4:10 BAD_DURATION']],
  ['a duration of nothing', withStep('timeout: 0s'), ['6:12 BAD_DURATION']],
  ['a list for a duration', withSettings('timeout: [1s]'), ['4:10 BAD_DURATION']],
  ['a name without end', withTitle(`name: ${'n'.repeat(201)}`), ['3:7 BAD_NAME']],
  ['an empty name', withTitle('name:'), ['1:1 MISSING_NAME', '3:6 BAD_VALUE'].slice(1)],
  ['a retry that is no map', withTitle('retry: 3'), ['3:8 BAD_VALUE']],
  [
    'retry out of range',
    withTitle('retry: {maxAttempts: 0, backoffMs: -1, factor: 0.5, jitter: 1}'),
    ['3:22 BAD_VALUE', '3:36 BAD_VALUE', '3:48 BAD_VALUE', '3:53 UNKNOWN_KEY'],
  ],
  [
    'a fraction for a whole number',
    withTitle('concurrency: {phases: 1.5, steps: 2000}'),
    ['3:23 BAD_VALUE', '3:35 BAD_VALUE'],
  ],
  [
    'a text for a number',
    withTitle('budget: {usd: "1", tokens: 0, time: 1x}'),
    ['3:15 BAD_VALUE', '3:28 BAD_VALUE', '3:37 BAD_DURATION'],
  ],
  ['parallel in the block', withSettings('parallel: maybe'), ['4:11 BAD_VALUE']],
  ['dependsOn that holds maps', withSettings('dependsOn: [{a: 1}]'), ['4:13 BAD_VALUE']],
  ['minSuccess', withSettings('minSuccess: most'), ['4:13 BAD_VALUE']],
  ['minSuccess above the steps', withSettings('minSuccess: 2'), ['4:1 BAD_VALUE']],
  ['onFailure', withSettings('onFailure: retry'), ['4:12 BAD_VALUE']],
  ['a reaction that there is not', withSettings('onFailure: explode'), ['4:12 BAD_VALUE']],
  ['a rollback to nowhere', withSettings('onFailure: {then: stop}'), ['4:12 BAD_VALUE']],
  ['settings that are not applied yet', withSettings('isolation: git'), ['4:1 NOT_APPLIED']],
  ['step settings that are not applied yet', withStep('isolation: z'), ['6:3 NOT_APPLIED']],
  ['limits that are no list', withSettings('limits: {}'), ['4:9 BAD_VALUE']],
  ['a limit that measures nothing', withSettings('limits:\n  - then: fail'), ['5:5 BAD_VALUE']],
  [
    'a limit that measures two things',
    withSettings('limits:\n  - {duration: 1m, cost: 2}'),
    ['5:5 BAD_VALUE'],
  ],
  [
    'a limit with a misspelt word',
    withSettings('limits:\n  - {duration: 1m, than: fail}'),
    ['5:20 UNKNOWN_KEY'],
  ],
  [
    'a limit that does nothing known',
    withSettings('limits:\n  - {duration: 1m, then: explode}'),
    ['5:26 BAD_VALUE'],
  ],
  [
    'a limit that asks nobody',
    withSettings('limits:\n  - {duration: 1m, then: {approval: []}}'),
    ['5:27 BAD_VALUE'],
  ],
  [
    'a limit that leaves people a deadline and no branch',
    withSettings('limits:\n  - {duration: 1m, then: {approval: [al], deadline: 1 day}}'),
    ['5:43 MISSING_BRANCH'],
  ],
  ['a share above one', withSettings('limits:\n  - failureRate: 2'), ['5:18 BAD_VALUE']],
  [
    'a limit on what is not measured',
    withSettings('limits:\n  - when: results.x > 1'),
    ['5:11 UNKNOWN_ROOT'],
  ],
  ['two limits of one name', withSettings('limits:\n  - cost: 1\n  - cost: 2'), ['6:5 DUPLICATE_KEY']],
  ['a cache that is no map', withStep('cache: 1h'), ['6:10 BAD_VALUE']],
  ['a cache for ever', withStep('cache: {key: a}'), ['6:3 BAD_VALUE']],
  ['a cache for nothing', withStep('cache: {ttl: 0s}'), ['6:16 BAD_DURATION']],
  ['a cache for who knows how long', withStep('cache: {ttl: soon}'), ['6:16 BAD_DURATION']],
  ['an unknown setting of a cache', withStep('cache: {ttl: 1h, keys: a}'), ['6:20 UNKNOWN_KEY']],
  ['a key that is a list', withStep('cache: {ttl: 1h, key: [a]}'), ['6:25 BAD_VALUE']],
  ['an empty key', withStep('cache: {ttl: 1h, key: ""}'), ['6:25 BAD_VALUE']],
  [
    'a key of something unknown',
    withStep('cache: {ttl: 1h, key: "{{ nothing.here }}"}'),
    ['6:28 UNKNOWN_ROOT'],
  ],
  ['a key that is no template', withStep('cache: {ttl: 1h, key: "{{ input"}'), ['6:25 BAD_TEMPLATE']],
  ['a schema that does not compile', withStep('outputSchema: {type: nope}'), ['6:3 BAD_SCHEMA']],
  ['a schema that is no map', withStep('outputSchema: string'), ['6:17 BAD_VALUE']],
  ['a block that is no map', withStep('- a'), ['6:3 BAD_VALUE']],
  ['an empty block', withStep(''), []],
  ['an id that cannot be', withStep('id: a b'), ['6:7 BAD_NAME']],
  [
    'names of prototypes',
    `# T\n## Phase: __proto__\n### Steps\n- agent: __proto__\n- agent: a\n${fence('id: constructor')}\n### Outputs\n- prototype`,
    ['2:11 BAD_NAME', '4:10 BAD_NAME', '7:5 BAD_NAME', '10:3 BAD_NAME'],
  ],
  ['an id like a run of forEach', withStep('id: step_2'), ['6:7 BAD_NAME']],
  [
    'an id twice',
    inSteps(`- agent: a\n${fence('id: x')}\n- agent: b\n${fence('id: x')}`),
    ['10:5 DUPLICATE_STEP'],
  ],
  // Requirements.
  [
    'types that are none',
    withTitle('requirements:\n  a: type\n  b: nubmer\n  c: [string]\n  d:'),
    ['4:6 BAD_TYPE', '5:6 BAD_TYPE', '6:6 BAD_TYPE', '7:5 BAD_TYPE'],
  ],
  [
    'a field that cannot be named so',
    withTitle('requirements: {"a b": string, "1x": string}'),
    ['3:16 BAD_NAME', '3:31 BAD_NAME'],
  ],
  ['a field that hides behind a root', withTitle('requirements: {item: string}'), ['3:16 SHADOWED']],
  [
    'a schema that is wrong',
    withTitle('requirements: {a: {type: string, minLenght: 1}}'),
    ['3:19 BAD_SCHEMA'],
  ],
  [
    'a default that does not fit',
    withTitle('requirements: {a: {type: integer, default: x}}'),
    ['3:19 BAD_VALUE'],
  ],
  [
    'prototype keys',
    withTitle('requirements: {__proto__: string, constructor: string}'),
    ['3:16 BAD_NAME', '3:35 BAD_NAME'],
  ],
  // Steps.
  ['a plain bullet without agents', inSteps('- Do it'), ['4:3 MISSING_AGENTS']],
  ['an agent that does nothing', inPhase('### Steps\n- agent: a\n### Agents\n- a\n- b'), ['7:3 IDLE_AGENT']],
  ['an agent twice', inPhase('### Agents\n- a\n- a'), ['5:3 DUPLICATE_KEY']],
  ['the placeholder agent', inSteps('- agent: agent-id - x'), ['4:10 PLACEHOLDER']],
  ['an agent that cannot be named so', inSteps('- agent: the trend analyst'), ['4:10 BAD_NAME']],
  ['no agent at all', inSteps('- agent:'), ['4:9 BAD_NAME']],
  ['a template for an agent outside forEach', inSteps('- agent: {{ execution.id }} - y'), ['4:10 BAD_NAME']],
  ['an unknown kind', inSteps('- valdiation: input.x'), ['4:3 UNKNOWN_KIND']],
  ['a sentence that looks like a kind', inSteps('- Remember: be kind'), ['4:3 UNKNOWN_KIND']],
  [
    'kinds of later versions',
    inSteps('- task: x\n- compare: x'),
    ['4:3 NOT_YET_SUPPORTED', '5:3 NOT_YET_SUPPORTED'],
  ],
  ['an unknown aggregate', inSteps('- aggregate: type - x'), ['4:14 UNKNOWN_AGGREGATE']],
  ['a signal of several words', inSteps('- wait: the end'), ['4:9 BAD_NAME']],
  // Expressions and templates.
  ['a validation that does not parse', inSteps('- validation: input.x > - because'), ['4:27 UNKNOWN_ROOT']],
  [
    'a validation that parses nowhere',
    inSteps('- validation: input.x > > 1 - because'),
    ['4:15 BAD_EXPRESSION'],
  ],
  ['the placeholder condition', inSteps('- validation: condition - Validation step'), ['4:15 UNKNOWN_ROOT']],
  ['an unknown root', inSteps('- validation: input.x > 0 && amont > 0'), ['4:30 UNKNOWN_ROOT']],
  ['an unknown root in backticks', inSteps('- validation: `amont > 0` - x'), ['4:16 UNKNOWN_ROOT']],
  [
    'item in a barrier',
    inPhase(
      `${fence('forEach: execution.list')}\n### Steps\n- agent: a - {{ item }}\n- validation: item > 0`,
    ),
    ['8:15 UNKNOWN_ROOT'],
  ],
  ['results before the phase', withSettings('when: results.a > 0'), ['4:7 UNKNOWN_ROOT']],
  ['forEach that does not parse', withSettings('forEach: "["'), ['4:10 BAD_EXPRESSION']],
  ['a template that does not parse', inSteps('- agent: a - {{ input.x'), ['4:14 BAD_TEMPLATE']],
  ['an unknown root in a template', inSteps('- agent: a - Study\n  {{ tikcer }}'), ['5:4 UNKNOWN_ROOT']],
  ['an unknown root in an input', withStep('input: {a: [{b: "{{ nope }}"}]}'), ['6:22 UNKNOWN_ROOT']],
  // Outputs.
  [
    'an output of many words',
    inPhase('### Agents\n- a\n### Outputs\n- the final decision'),
    ['6:3 BAD_NAME'],
  ],
  ['an output twice', inPhase('### Agents\n- a\n### Outputs\n- x\n- x'), ['7:3 DUPLICATE_KEY']],
  [
    'an output whose expression is wrong',
    inPhase('### Agents\n- a\n### Outputs\n- x: nope.y'),
    ['6:6 UNKNOWN_ROOT'],
  ],
  ['outputs of the title that are no list', withTitle('outputs: verdict'), ['3:10 BAD_VALUE']],
  [
    'an output that nothing makes',
    inSteps('- validation: true\n### Outputs\n- verdict'),
    ['2:11 OUTPUT_NOT_MADE'],
  ],
])('%s', (_, text, expected) => {
  expect(places(readMd(text))).toEqual(expected);
});

describe('fields of the input', () => {
  const found = (requirements: string, body: string) => {
    const text = `# T\n${fence(requirements)}\n## Phase: P\n### Steps\n${body}`;
    return readMd(text).diagnostics.map(
      ({ line, column, code, hint }) => `${line}:${column} ${code} ${hint}`,
    );
  };

  test.each([
    ['in a template', '- agent: a - sinse: {{ input.sinse }}', "7:30 UNKNOWN_ROOT did you mean 'since'?"],
    ['in an expression', '- validation: input.amont > 0', "7:21 UNKNOWN_ROOT did you mean 'amount'?"],
    ['by its index', '- validation: input["amont"] > 0', "7:22 UNKNOWN_ROOT did you mean 'amount'?"],
    ['far from any', '- validation: input.zzzzz > 0', '7:21 UNKNOWN_ROOT requirements are since, amount'],
  ])('one that the task does not ask for: %s', (_, body, expected) => {
    expect(found('requirements: {since: date, amount: number?}', body)).toEqual([expected]);
  });

  test('one that the task asks for, and the input as a whole', () => {
    const body =
      '- agent: a - {{ input.amount }} {{ input.size }} {{ input }}\n- validation: has(input.amount)';
    expect(found('requirements: {amount: number?}', body)).toEqual([]);
  });

  test("keys of the step's own input are not seen by its templates", () => {
    const body = `- agent: a - {{ input.topic }}\n  ${fence('input: {topic: cats}').replaceAll('\n', '\n  ')}`;
    expect(found('version: 1.0.0', body)).toEqual([
      "7:23 UNKNOWN_ROOT the task has no 'requirements'; list the field there",
    ]);
  });
});

describe('hints fit the form', () => {
  const hintsOf = ({ diagnostics }: ReturnType<typeof readYml>) =>
    diagnostics.map(({ code, hint }) => `${code} ${hint}`);
  const yaml = (steps: string) => readYml(`name: t\nphases:\n- name: P\n  steps:\n${steps}`);

  test.each([
    ['a key for the text', '  - agent: a\n    instructions: Look', "UNKNOWN_KEY did you mean 'text'?"],
    ['a misspelt text', '  - agent: a\n    txt: Look', "UNKNOWN_KEY did you mean 'text'?"],
    ['a kind for the text', '  - prompt: Look', "UNKNOWN_KIND did you mean 'text'?"],
    [
      'a step for nobody',
      '  - Look',
      "MISSING_AGENTS list 'agents' in the phase, or give the step an 'agent' beside its 'text'",
    ],
  ])('in YAML: %s', (_, steps, expected) => {
    expect(hintsOf(yaml(steps))).toEqual([expected]);
  });

  test('no phases and no dependencies', () => {
    const noPhases = "NO_PHASES list them in 'phases', each a map with a 'name'";
    expect(hintsOf(readYml('name: t'))).toEqual([noPhases]);
    expect(hintsOf(readTask({ name: 't', phases: [] }, { file: 't.ts', kind: 'code' }))).toEqual([noPhases]);
    expect(hintsOf(readMd('# T'))).toEqual(["NO_PHASES a phase begins with a heading '## Phase: NAME'"]);
    const two = 'name: t\nphases:\n- {name: A, agents: [a]}\n- {name: B, agents: [a]}';
    expect(hintsOf(readYml(two))).toEqual([
      "NO_DEPENDENCIES write 'dependsOn: [NAME]' in a phase that waits for another",
    ]);
  });

  test('in Markdown no key is taken for the text', () => {
    expect(hintsOf(readMd(withStep('instructions: Look')))[0]).toMatch(/^UNKNOWN_KEY known are id, /);
  });
});

describe('one mistake is reported once', () => {
  test.each([
    [
      'a forEach that is no text',
      inPhase(`${fence('forEach: [1, 2]')}\n### Steps\n- agent: "{{ item }}" - {{ item }}`),
      ['4:10 BAD_VALUE'],
    ],
    ['an input that is no map', withStep('input: 5'), ['6:10 BAD_VALUE']],
  ])('%s', (_, text, expected) => {
    expect(places(readMd(text))).toEqual(expected);
  });
});

describe('names of other phases', () => {
  const text = (expression: string) =>
    `# T\n## Phase: A\n### Agents\n- a\n### Outputs\n- verdict\n## Phase: B\n### Steps\n- agent: b - x\n- wait: go\n  \`\`\`yaml\n  id: gate\n  \`\`\`\n## Phase: C\ndependsOn: [A]\n### Steps\n- validation: ${expression}\n- agent: a`;

  test.each([
    ['outputs.A.verdict == 1', []],
    ['phases.A.outputs.verdict == 1', []],
    ['phases["A"].status == "completed"', []],
    ['size(outputs) > 0', []],
    ['outputs.Aa.verdict == 1', ['17:23 UNKNOWN_PHASE']],
    ['outputs.Zzzz == 1', ['17:23 UNKNOWN_PHASE']],
    ['outputs.B.b == 1', ['17:23 NOT_UPSTREAM']],
    ['phases.B.outputs.b == 1', ['17:22 NOT_UPSTREAM']],
    ['outputs.A.verdcit == 1', ['17:25 OUTPUT_NOT_MADE']],
    ['phases["A"].outputs["xyz"] == 1', ['17:36 OUTPUT_NOT_MADE']],
  ])('%s', (expression, expected) => {
    expect(places(readMd(text(expression)))).toEqual(expected);
  });

  test.each([
    ['{{ outputs.A.verdict }} {{ outputs.size }} {{ phases.A.outputs.size }}', []],
    ['{{ outputs[execution.id].x }}', []],
    ['{% for v in outputs.Aa.verdict %}{{ v }}{% endfor %}', ['18:34 UNKNOWN_PHASE']],
    ['{{ outputs.B.b }}', ['18:25 NOT_UPSTREAM']],
    ['{{ outputs["A"].verdcit }}', ['18:30 OUTPUT_NOT_MADE']],
  ])('in a template: %s', (template, expected) => {
    expect(places(readMd(text('true').replace(/a$/, `a - ${template}`)))).toEqual(expected);
  });

  const inOutputs = (steps: string, expression: string, settings = '') =>
    readMd(
      `# T\n${fence(`outputs: {x: '${expression}'}\nrequirements: {list: array}`)}\n## Phase: A\n${settings}### Steps\n${steps}`,
    );

  test.each([
    ['- agent: b', 'phases.A.outputs.b', []],
    ['- agent: b', 'phases.A.outputs.c', ['OUTPUT_NOT_MADE']],
    ['- wait: go', 'phases.A.outputs["wait-go"]', []],
    ['- agent: b\n- aggregate: mean', 'phases.A.outputs.value', []],
    ['- agent: b\n- aggregate: mean', 'phases.A.outputs.b', ['OUTPUT_NOT_MADE']],
    ['- agent: b\n- aggregate: merge', 'phases.A.outputs.anything', []],
    ['- validation: true', 'phases.A.outputs.x', ['OUTPUT_NOT_MADE']],
  ])('%j makes %s', (steps, expression, codes) => {
    expect(inOutputs(steps, expression).diagnostics.map(({ code }) => code)).toEqual(codes);
  });

  test('what is chosen at run time is not told', () => {
    const settings = `${fence('forEach: list')}\n`;
    expect(inOutputs('- agent: {{ item }} - x', 'phases.A.outputs.x', settings).diagnostics).toEqual([]);
  });
});

describe('agents that are known', () => {
  const text = inPhase('### Steps\n- agent: trned - x\n- Do\n### Agents\n- risk\n- zzz');

  test('are checked', () => {
    const { diagnostics } = readMd(text, { agents: ['trend', 'risk'] });
    expect(diagnostics.map(({ code, hint }) => [code, hint])).toEqual([
      ['UNKNOWN_AGENT', "did you mean 'trend'?"],
      ['UNKNOWN_AGENT', 'known are trend, risk'],
    ]);
  });

  test('are told when there are none, and not all when there are many', () => {
    const hints = (agents: string[]) => readMd(text, { agents }).diagnostics.map(({ hint }) => hint);
    expect(hints([])[0]).toBe('known are none');
    expect(hints(Array.from({ length: 30 }, (_, index) => `agent-number-${index}`))[0]).toMatch(
      / and 18 more$/,
    );
  });

  test('are not checked when nobody says which there are', () => {
    expect(readMd(text).diagnostics).toEqual([]);
  });
});

describe('limits', () => {
  const deep = (open: string, close = '') => `${open.repeat(101)}1${close.repeat(101)}`;

  test.each<[string, string, string[]]>([
    ['a file above 1 MiB', `# T\n${'x'.repeat(1024 * 1024)}`, ['1:1 OVER_LIMIT']],
    ['a file of 20,001 lines', '# T\n'.repeat(20_001), ['20001:1 OVER_LIMIT']],
    ['nested lists', inPhase('- '.repeat(101)), ['3:1 OVER_LIMIT']],
    ['nested quotes', `> ${'> '.repeat(101)}`, ['1:1 OVER_LIMIT']],
    ['lists nested by their indent', inPhase(`${' '.repeat(210)}- a`), ['3:1 OVER_LIMIT']],
    ['very many nested lists', `${'- '.repeat(90)}a\n`.repeat(1000), ['223:1 OVER_LIMIT']],
    ['yaml above 256 KiB', withTitle(`description: ${'x'.repeat(256 * 1024)}`), ['3:1 OVER_LIMIT']],
    [
      'yaml with 51 aliases',
      withTitle(`description: &a x\n${Array.from({ length: 51 }, (_, index) => `k${index}: *a`).join('\n')}`),
      ['54:6 OVER_LIMIT'],
    ],
    ['yaml with nested brackets', withTitle(`x: ${deep('[', ']')}`), ['3:1 OVER_LIMIT']],
    [
      'yaml nested by indent',
      withTitle(Array.from({ length: 102 }, (_, index) => `${' '.repeat(index)}a:`).join('\n')),
      ['104:102 OVER_LIMIT'],
    ],
    ['yaml that refers to itself', withTitle('x: &a [*a]'), ['3:7 OVER_LIMIT']],
    ['yaml with very many values', withTitle(`x: [${'1,'.repeat(50_001)}]`), ['3:100001 OVER_LIMIT']],
    ['yaml deeper than the parser', withTitle('- '.repeat(60_000)), ['3:1 OVER_LIMIT']],
  ])('%s', (_, text, expected) => {
    const result = readMd(text);
    expect(places(result).filter((place) => place.endsWith('OVER_LIMIT'))).toEqual(expected);
    expect(result.task).toBeUndefined();
  });

  test('a report ends somewhere', () => {
    const { diagnostics } = readMd(inSteps('- nope: x\n'.repeat(500)));
    expect(diagnostics).toHaveLength(201);
    expect(diagnostics.at(-1)).toMatchObject({
      code: 'OVER_LIMIT',
      message: '300 more problems are not shown',
    });
  });
});

describe('yaml', () => {
  test.each<[string, string[]]>([
    ['name: T\nname: U\nphases: [{name: P, agents: [a]}]', ['2:1 DUPLICATE_KEY']],
    ['name: [', ['1:8 YAML_SYNTAX']],
    ['name: T\n\tphases: []', ['2:1 YAML_SYNTAX']],
    ['name: T\n--- \nx: 1', ['2:1 YAML_SYNTAX']],
    ['? [a]\n: 1', ['1:3 YAML_SYNTAX']],
    ['a: .inf', ['1:1 MISSING_NAME', '1:1 NO_PHASES', '1:1 UNKNOWN_KEY', '1:4 BAD_VALUE']],
    ['a: *b', ['1:1 MISSING_NAME', '1:1 NO_PHASES', '1:1 UNKNOWN_KEY', '1:4 YAML_SYNTAX']],
    ['', ['1:1 NO_PHASES']],
    ['- a', ['1:1 BAD_VALUE']],
    ['text', ['1:1 BAD_VALUE']],
    ['name: T\nphases: P', ['1:1 NO_PHASES', '2:9 BAD_VALUE']],
    ['name: T\nphases: [P]', ['1:1 NO_PHASES', '2:10 BAD_VALUE']],
    ['name: T\nphases: [{agents: [a]}]', ['2:10 BAD_NAME']],
    ['name: T\nphases: [{name: [x], agents: [a]}]', ['2:17 BAD_NAME', '2:17 BAD_VALUE']],
    ['name: T\nphases: [{name: P, agents: a}]', ['2:17 EMPTY_PHASE', '2:28 BAD_VALUE']],
    ['name: T\nphases: [{name: P, agents: [[a]]}]', ['2:29 BAD_NAME', '2:29 BAD_VALUE']],
    ['name: T\nphases: [{name: P, steps: [[a]]}]', ['2:17 EMPTY_PHASE', '2:28 BAD_VALUE']],
    ['name: T\nphases: [{name: P, steps: [{timeout: 3s}]}]', ['2:17 EMPTY_PHASE', '2:28 UNKNOWN_KIND']],
    ['name: T\nphases: [{name: P, steps: [{nope: x}]}]', ['2:29 UNKNOWN_KIND']],
    ['name: T\nphases: [{name: P, steps: [{nope: [x]}]}]', ['2:17 EMPTY_PHASE', '2:28 UNKNOWN_KIND']],
    ['name: T\nphases: [{name: P, steps: [{}]}]', ['2:17 EMPTY_PHASE', '2:28 UNKNOWN_KIND']],
    ['name: T\nphases: [{name: P, steps: [{agent: a, message: x}]}]', ['2:39 UNKNOWN_KEY']],
    ['name: T\nphases: [{name: P, agents: [a], outputs: [{name: x, expresion: y}]}]', ['2:53 UNKNOWN_KEY']],
    ['name: T\nphases: [{name: P, agents: [a], outputs: [{name: [x]}]}]', ['2:50 BAD_VALUE']],
    ['name: T\nphases: [{name: P, agents: [a], outputs: [{x: [y]}]}]', ['2:47 BAD_VALUE']],
    ['name: T\nphases: [{name: P, agents: [a], outputs: [[x]]}]', ['2:43 BAD_VALUE']],
    ['name: T\nphases: [{name: P, agents: [a], outputs: 3}]', ['2:42 BAD_VALUE']],
  ])('%j', (text, expected) => {
    expect(places(readYml(text))).toEqual(expected);
  });
});
