import { expect, it } from 'vitest';
import { messageTooLarge } from '../../src/errors.ts';
import { phase, task, World } from './open-world.ts';

const counts = task([
  phase('count', [{ kind: 'validation', id: 'valid', title: 'valid', expression: 'size(input.list) > 0' }]),
]);

it('an evaluation whose result the log will never take fails its step, instead of being made again and again', async () => {
  const world = new World();
  const process = await world.open();
  const { log } = process.embedded.store;
  const append = log.append.bind(log);
  let tries = 0;
  log.append = (record) => {
    if (record.type !== 'evaluation.completed') return append(record);
    tries += 1;
    return Promise.reject(messageTooLarge('The record evaluation.completed', 2_000_000, 1_048_576));
  };
  await process.begin(counts, { input: { list: [1] } });
  await process.advance(60_000);
  const fold = await process.engine.ended('e');
  expect([fold.status, tries]).toEqual(['failed', 1]);
  expect(JSON.stringify(fold.error)).toContain('messages of at most 1048576');
});
