import { expect, test } from 'vitest';
import { importsOf } from './import-scan.ts';

test.each([
  [`import 'x';`, false],
  [`import x from 'x';`, false],
  [`import * as x from "x";`, false],
  [`import { a, b } from 'x';`, false],
  [`import {\n  a,\n  type B,\n} from 'x';`, false],
  [`import { type A } from 'x';`, false],
  [`import type from 'x';`, false],
  [`import type { A } from 'x';`, true],
  [`import type X from 'x';`, true],
  [`import type {\n  A,\n} from 'x';`, true],
  [`import data from 'x' with { type: 'json' };`, false],
  [`export * from 'x';`, false],
  [`export * as x from 'x';`, false],
  [`export { a } from 'x';`, false],
  [`export type { A } from 'x';`, true],
  [`export type * from 'x';`, true],
  [`const x = await import('x');`, false],
  [`export const load = () =>\n  import(\n    'x'\n  );`, false],
  [`type X = import('x').X;`, false],
])('%j imports x, types only: %j', (source, isTypeOnly) => {
  expect(importsOf(source)).toEqual([expect.objectContaining({ specifier: 'x', isTypeOnly })]);
});

test.each([
  `export const a = 'x';`,
  `export type A = 'from' | 'x';`,
  `export function from(a) { return a }\nconst b = 'x';`,
  ` * import { a } from 'x';`,
  ` * const a = await import('x');`,
  `// import('x')`,
  `const url = import.meta.url + 'x';`,
])('%j imports nothing', (source) => {
  expect(importsOf(source)).toEqual([]);
});

test('imports come in the order of the text, with their lines', () => {
  const source = `import a from 'a';\nimport {\n  b,\n} from 'b';\n\nawait import('c');\nexport * from 'd';\n`;
  expect(importsOf(source).map(({ specifier, line }) => [specifier, line])).toEqual([
    ['a', 1],
    ['b', 2],
    ['c', 6],
    ['d', 7],
  ]);
});
