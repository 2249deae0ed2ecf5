import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { violationsIn } from './arrows.ts';

const ROOT = dirname(dirname(import.meta.dirname));

test('every module imports only what the arrows allow', () => {
  const files = globSync(['{machines,src,agents,tasks}/**/*.ts', 'web/**/*.{ts,tsx}'], { cwd: ROOT }).sort();
  expect(files).toContain('src/errors.ts');
  const violations = files.flatMap((file) => violationsIn(file, readFileSync(join(ROOT, file), 'utf8')));
  expect(violations).toEqual([]);
});
