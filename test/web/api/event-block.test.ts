import { expect, test } from 'vitest';
import { parseEvent } from '../../../web/src/api/event-block.ts';

test('reads the event, its id, and data of several lines', () => {
  expect(parseEvent('event: record\nid: 42\ndata: {"a":\ndata: 1}')).toEqual({
    event: 'record',
    id: '42',
    data: '{"a":\n1}',
  });
});

test('a block of comments is no event', () => {
  expect(parseEvent(': heartbeat')).toBeUndefined();
  expect(parseEvent('')).toBeUndefined();
});

test('without a name it is a message', () => {
  expect(parseEvent('data:x')).toEqual({ event: 'message', data: 'x' });
});
