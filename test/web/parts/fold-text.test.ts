import { expect, test } from 'vitest';
import { fold } from '../../../web/src/parts/fold-text.ts';

const lines = (count: number) => Array.from({ length: count }, (_, line) => `line ${line}`).join('\n');

test('twelve lines are shown, and one more is not worth a fold', () => {
  expect(fold(lines(12)).hidden).toBe('');
  expect(fold(lines(13)).hidden).toBe('');
  expect(fold(lines(40))).toEqual({ shown: lines(12), hidden: '28 more lines' });
});

test('one line may be long too', () => {
  expect(fold('x'.repeat(5_000)).hidden).toBe('3,000 more characters');
});
