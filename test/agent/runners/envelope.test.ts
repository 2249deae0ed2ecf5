import { expect, test } from 'vitest';
import { parseEnvelopeLine } from '../../../src/agent/runners/envelope.ts';

const rollback = { to: 'booked', reason: 'the price is wrong' };

test('a demand for a rollback stands beside an output or an error', () => {
  expect(parseEnvelopeLine(JSON.stringify({ output: 1, rollback }))).toEqual({
    kind: 'output',
    line: { output: 1, rollback },
  });
  expect(parseEnvelopeLine(JSON.stringify({ error: 'no', rollback }))).toEqual({
    kind: 'error',
    line: { error: { message: 'no' }, rollback },
  });
});

test('alone it is a failure that is not tried again', () => {
  expect(parseEnvelopeLine(JSON.stringify({ rollback: { reason: 'unsound' } }))).toEqual({
    kind: 'error',
    line: {
      error: { class: 'fatal', message: 'It asks for a rollback: unsound' },
      rollback: { reason: 'unsound' },
    },
  });
});

test('without a reason it is not one', () => {
  expect(parseEnvelopeLine('{"rollback": {}}')).toMatchObject({ kind: 'unreadable' });
  expect(parseEnvelopeLine('{"output": 1, "rollback": "all"}')).toMatchObject({ kind: 'unreadable' });
});
