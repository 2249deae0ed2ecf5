import { expect, test } from 'vitest';
import { strokeOf } from '../../../web/src/parts/stroke.ts';

const NONE = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

test.each([
  [{ key: 'j' }, 'j'],
  [{ key: 'K', ctrlKey: true }, 'mod+k'],
  [{ key: 'k', metaKey: true }, 'mod+k'],
  [{ key: '?', shiftKey: true }, '?'],
  [{ key: 'J', shiftKey: true }, 'shift+j'],
  [{ key: 'ArrowLeft', shiftKey: true }, 'shift+ArrowLeft'],
  [{ key: ' ' }, 'Space'],
  [{ key: '+', shiftKey: true }, '+'],
  [{ key: 'Shift', shiftKey: true }, undefined],
  [{ key: 'f', altKey: true }, undefined],
])('%j is %s', (press, stroke) => {
  expect(strokeOf({ ...NONE, ...press })).toBe(stroke);
});
