import { expect, test } from 'vitest';
import { tokenIn } from '../../../web/src/frame/token-in.ts';

test.each([
  [' abc ', 'abc'],
  ['http://127.0.0.1:4680/#token=abc', 'abc'],
  ['http://127.0.0.1:4680/approvals#view=1&token=abc', 'abc'],
  ['', ''],
])('in %j the token is %j', (text, token) => {
  expect(tokenIn(text)).toBe(token);
});
