import fc from 'fast-check';
import { expect, test } from 'vitest';
import { childTraceparent, formatTraceparent, parseTraceparent } from '../src/trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

test('a traceparent is read and written as the standard has it', () => {
  const text = `00-${TRACE}-${SPAN}-01`;
  const context = parseTraceparent(text);
  expect(context).toEqual({ traceId: TRACE, spanId: SPAN, flags: '01' });
  expect(context && formatTraceparent(context)).toBe(text);
});

test('of a later version what 00 knows is read', () => {
  const known = { traceId: TRACE, spanId: SPAN, flags: '00' };
  expect(parseTraceparent(`cc-${TRACE}-${SPAN}-00`)).toEqual(known);
  expect(parseTraceparent(`cc-${TRACE}-${SPAN}-00-what-the-future-brings`)).toEqual(known);
});

test.each([
  ['nothing', undefined],
  ['no text', 5],
  ['an empty text', ''],
  ['a version that is forbidden', `ff-${TRACE}-${SPAN}-01`],
  ['more than version 00 has', `00-${TRACE}-${SPAN}-01-more`],
  ['a later version with something glued to it', `01-${TRACE}-${SPAN}-01more`],
  ['capital letters', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
  ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['a short span', `00-${TRACE}-${SPAN.slice(1)}-01`],
  ['no flags', `00-${TRACE}-${SPAN}`],
  ['a second line', `00-${TRACE}-${SPAN}-01\n`],
])('%s is none, and has no children', (_, text) => {
  expect(parseTraceparent(text)).toBeUndefined();
  expect(childTraceparent(text, 'e1/s1/1')).toBeUndefined();
});

test('a child keeps trace and flags, and its span follows from its name alone', () => {
  const hex = (length: number) =>
    fc
      .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
      .map((digits) => digits.join(''))
      .filter((text) => !/^0+$/.test(text));
  fc.assert(
    fc.property(hex(32), hex(16), hex(2), fc.string(), fc.string(), (traceId, spanId, flags, one, other) => {
      const parent = formatTraceparent({ traceId, spanId, flags });
      const child = childTraceparent(parent, one);
      expect(parseTraceparent(child)).toMatchObject({ traceId, flags });
      expect(childTraceparent(parent, one)).toBe(child);
      expect(childTraceparent(parent, other) === child).toBe(one === other);
    }),
  );
});
