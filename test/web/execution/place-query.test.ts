import { expect, it } from 'vitest';
import { fromQuery, type Place, toQuery } from '../../../web/src/execution/place-query.ts';

const start = fromQuery('');

it('is empty where an execution opens', () => expect(toQuery(start)).toBe(''));

it.each<Partial<Place>>([
  { tab: 'timeline', step: 'analyse-2', at: 120 },
  { tab: 'statechart', actor: 'execution/phase-0/slot-3' },
  {
    tab: 'log',
    types: ['step.failed', 'claim.expired'],
    text: 'a & b = c',
    refused: true,
    own: true,
    record: 7,
  },
  { step: 'x', panel: 'why' },
])('reads back what it wrote: %j', (change) => {
  const place = { ...start, ...change };
  expect(fromQuery(toQuery(place))).toEqual(place);
});

it('leaves out what cannot be read', () => {
  expect(fromQuery('view=nothing&at=-1&record=abc')).toEqual(start);
});
