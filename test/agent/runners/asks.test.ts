import { expect, test } from 'vitest';
import { parseEnvelopeLine } from '../../../src/agent/runners/envelope.ts';

test('a line may ask people in place of an answer', () => {
  expect(parseEnvelopeLine('{"approval": {"question": "Delete it?", "approvers": ["alice"]}}')).toMatchObject(
    {
      kind: 'approval',
      line: { approval: { question: 'Delete it?', approvers: ['alice'] } },
    },
  );
  expect(parseEnvelopeLine('{"approval": {}}')).toMatchObject({ kind: 'unreadable' });
  expect(parseEnvelopeLine('{"approval": {"question": "?"}, "output": 1}')).toMatchObject({
    kind: 'unreadable',
  });
});
