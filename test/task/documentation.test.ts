import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AGGREGATE_KINDS } from '../../src/task/aggregate.ts';
import { DIAGNOSTIC_SEVERITIES } from '../../src/task/diagnostic.ts';
import { ALLOWED_CALLS } from '../../src/task/expression/environment.ts';
import { readMd, readYml } from './read-text.ts';

const page = readFileSync(new URL('../../docs/task-format.md', import.meta.url), 'utf8');

test('the Markdown example is a task without any diagnostic', () => {
  const [, example = ''] = /````markdown\n([\s\S]*?)````/.exec(page) ?? [];
  expect(readMd(example)).toMatchObject({ task: { name: 'review' }, diagnostics: [] });
});

test('the YAML example is a task without any diagnostic', () => {
  const [, example = ''] = /## YAML[\s\S]*?```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  expect(readYml(example)).toMatchObject({ task: { name: 'review' }, diagnostics: [] });
});

test.each([...Object.keys(DIAGNOSTIC_SEVERITIES), ...AGGREGATE_KINDS, ...ALLOWED_CALLS])(
  '%s is documented',
  (word) => {
    expect(page).toContain(`\`${word}\``);
  },
);
