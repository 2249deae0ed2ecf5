import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readTask, type TaskKind } from '../../src/task/read.ts';

const parts = [
  ...[
    '# T\n',
    '## Phase: A\n',
    '## Phase: B\n',
    '### Steps\n',
    '### Agents\n',
    '### Outputs\n',
    '## Phase:',
    '#',
  ],
  ...[
    'dependsOn: [A]\n',
    'dependsOn: [',
    'parallel: false\n',
    '```yaml\n',
    '```\n',
    '~~~\n',
    'name: T\n',
    'phases:\n',
  ],
  ...[
    '- ',
    '  - ',
    '1. ',
    '> ',
    '\n',
    '\n\n',
    '  ',
    '\t',
    '---\n',
    '<!--',
    '-->',
    '{{ input.a }}',
    '{% if %}',
    '{{',
  ],
  ...[
    'agent: a - x\n',
    'validation: ',
    'input.a > 0',
    ' - text\n',
    'aggregate: mean\n',
    'wait: s\n',
    'nope: x\n',
    '`',
  ],
  ...[
    'timeout: 3s\n',
    'requirements: {a: string}\n',
    'retry: {',
    '}',
    '[',
    ']',
    ': ',
    '&a ',
    '*a',
    '!!x ',
    '"',
    "'",
    '|\n',
  ],
  ...['__proto__: {x: 1}\n', 'constructor: 1\n', '\u0000', '\u2028', '😀', '\uD800', '\r', 'é'],
];
const text = fc.oneof(
  fc.array(fc.constantFrom(...parts), { maxLength: 40 }).map((chosen) => chosen.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
);

test.each<Exclude<TaskKind, 'code'>>(['markdown', 'yaml'])(
  'any text as %s gives a task or a located error, never a crash',
  (kind) => {
    fc.assert(
      fc.property(text, (content) => {
        const { task, diagnostics } = readTask(content, { file: 'x', kind, agents: ['a'] });
        const hasErrors = diagnostics.some(({ severity }) => severity === 'error');
        expect(task === undefined).toBe(hasErrors);
        const lines = content.split(/\r\n?|\n/).length;
        for (const { line, column } of diagnostics) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(lines + 1);
          expect(column).toBeGreaterThanOrEqual(1);
        }
        expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
      }),
      { numRuns: 500 },
    );
  },
);

test('any data as a program gives a task or an error, never a crash', () => {
  fc.assert(
    fc.property(
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
      (content) => {
        const result = readTask(content as never, { file: 'x', kind: 'code' });
        expect(result.task).toBeUndefined();
        expect(result.diagnostics.length).toBeGreaterThan(0);
      },
    ),
  );
});

test.each([
  ['stars', '*a_'.repeat(100_000)],
  ['brackets', '['.repeat(300_000)],
  ['backticks', '`'.repeat(300_000)],
  ['ampersands', '&'.repeat(300_000)],
  ['tags', '<a '.repeat(100_000)],
  ['quotes', '>'.repeat(300_000)],
  ['dashes in a bullet', `# T\n## Phase: P\n### Steps\n- validation: ${'a - '.repeat(50_000)}`],
  ['a long kind', `# T\n## Phase: P\n### Steps\n- ${'a'.repeat(300_000)}`],
  ['colons', `# T\n## Phase: P\n${'a:'.repeat(100_000)}`],
  ['a long dependsOn', `# T\n## Phase: P\ndependsOn: [${'"'.repeat(100_001)}]`],
  ['open templates', `# T\n## Phase: P\n### Steps\n- agent: a - ${'{{'.repeat(20_000)}`],
  ['a wide slug', `# T\n## Phase: P\n### Steps\n- agent: a - ${'ﷺ'.repeat(20_000)}`],
])('%s are read to the end', (_, content) => {
  // The time limit of the test is the assertion: a slow path takes minutes.
  for (const kind of ['markdown', 'yaml'] as const) {
    expect(readTask(content, { file: 'x', kind }).diagnostics).toBeInstanceOf(Array);
  }
});

test('the fixture with everything wrong has a diagnostic for each line that is marked', () => {
  const content = readFileSync(new URL('../fixtures/tasks/everything-wrong.md', import.meta.url), 'utf8');
  const { diagnostics } = readTask(content, {
    file: 'everything-wrong.md',
    kind: 'markdown',
    agents: ['trend', 'risk', 'chair'],
  });
  const marked = content.split('\n').flatMap((line, index) => {
    const codes = /# !(.*)$/.exec(line)?.[1] ?? /<!-- !(.*) -->$/.exec(line)?.[1];
    return codes === undefined
      ? []
      : codes
          .trim()
          .split(' ')
          .map((code) => `${index + 1} ${code}`);
  });
  expect(marked.length).toBeGreaterThan(10);
  expect(diagnostics.map(({ line, code }) => `${line} ${code}`).sort()).toEqual(marked.sort());
});
