import { expect, test } from 'vitest';
import { ballotOf, EMPTY_BALLOT } from '../../../web/src/actions/ballot.ts';

test.each([
  ['majority', { choice: 'yes', reason: ' tested ' }, { choice: 'yes', reason: 'tested' }],
  ['ranked', { ranking: ['a', 'b'] }, { ranking: ['a', 'b'] }],
  ['condorcet', { ranking: ['b'] }, { ranking: ['b'] }],
  ['score', { scores: { a: '7', b: '2.5', c: ' ' } }, { scores: { a: 7, b: 2.5 } }],
  ['agreement', { answer: '{"x":1}' }, { answer: { x: 1 } }],
  ['agreement', { answer: 'plain' }, { answer: 'plain' }],
  ['weighted', { isAbstention: true, choice: 'yes' }, { abstain: true }],
] as const)('%s: %j', (method, draft, vote) => {
  expect(ballotOf({ method }, { ...EMPTY_BALLOT, ...draft })).toEqual({ vote });
});

test.each([
  ['majority', {}],
  ['ranked', {}],
  ['score', { scores: { a: '11' } }],
  ['score', { scores: { a: 'seven' } }],
  ['agreement', { answer: '  ' }],
] as const)('%s: %j is no ballot', (method, draft) => {
  expect(ballotOf({ method }, { ...EMPTY_BALLOT, ...draft })).toHaveProperty('problem');
});
