import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readMd } from './read-text.ts';

/** The documents that the project began with lie beside the repository where it is developed. */
const SEEDS = new URL('../../../shared/seeds/', import.meta.url);
const hasSeeds = existsSync(SEEDS);
const reason = hasSeeds ? '' : ' (skipped: the seeds are not beside this checkout)';

test.skipIf(!hasSeeds)(`every placeholder of the seed's template has a located diagnostic${reason}`, () => {
  const name = readdirSync(SEEDS).find((file) => file.startsWith('002_')) ?? '';
  const seed = readFileSync(new URL(name, SEEDS), 'utf8');
  // The outer fence ends at the inner one, so the template is taken as text.
  const template = seed
    .slice(seed.indexOf('# Task Name'), seed.indexOf('## Usage Examples'))
    .trimEnd()
    .replace(/```$/, '');
  const { task, diagnostics } = readMd(template);
  expect(task).toBeUndefined();
  const lines = template.split('\n');
  const found = diagnostics.map(({ line, column, code }) => [lines[line - 1]?.slice(column - 1), code]);
  expect(found).toEqual([
    ['type', 'BAD_TYPE'],
    ['type', 'BAD_TYPE'],
    ['Previous Phase]', 'UNKNOWN_PHASE'],
    ['true/false', 'BAD_VALUE'],
    ['agent-id - Agent query step', 'PLACEHOLDER'],
    ['condition - Validation step', 'UNKNOWN_ROOT'],
    ['type - Aggregation step', 'UNKNOWN_AGGREGATE'],
    ['agent-id-1', 'PLACEHOLDER'],
    ['agent-id-2', 'PLACEHOLDER'],
  ]);
});

test.skipIf(!hasSeeds)(`whole seeds are read without a crash${reason}`, () => {
  for (const file of readdirSync(SEEDS)) {
    const { diagnostics } = readMd(readFileSync(new URL(file, SEEDS), 'utf8'));
    expect(diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
  }
});
