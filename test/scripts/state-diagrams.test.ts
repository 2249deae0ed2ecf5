import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { stateDiagrams, TARGET } from '../../scripts/state-diagrams.ts';

it('docs/state-machines.md shows the machines as they are (node scripts/state-diagrams.ts writes it)', () => {
  expect(readFileSync(TARGET, 'utf8')).toBe(stateDiagrams());
});
