import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { taskRules } from '../../src/engine/rules.ts';
import { Reading } from '../../src/inspection/reading.ts';
import { documentsOf } from './every-document.ts';
import { foldedTo, goldenLogs, type Log } from './logs.ts';

/** Far fewer records than in life, so that states are restored on the way. */
function readingOf({ source, records }: Log): Reading {
  const reading = new Reading(source, taskRules, 7);
  reading.append(records);
  return reading;
}

describe.each(goldenLogs)('$name', (log) => {
  test('at every position is what a fresh fold is there', () => {
    const reading = readingOf(log);
    for (let index = log.records.length; index >= 1; index -= 1)
      expect(reading.at(index).hash(), `record ${index}`).toBe(foldedTo(log, index).hash());
  });

  test('every document is made at every position, and the same as from a fresh fold', () => {
    const reading = readingOf(log);
    for (let index = log.records.length; index >= 1; index -= 1)
      expect(documentsOf(reading, reading.at(index), index), `record ${index}`).toEqual(
        documentsOf(reading, foldedTo(log, index), index),
      );
  });
});

test('whatever is looked at, in whichever order, while the log grows', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...goldenLogs),
      fc.array(
        fc.oneof(
          fc.record({ append: fc.nat(12) }),
          fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }) }),
        ),
        {
          maxLength: 30,
        },
      ),
      (log, actions) => {
        const reading = new Reading(log.source, taskRules, 3);
        reading.append(log.records.slice(0, 1));
        for (const action of actions) {
          if ('append' in action) {
            // Pages may overlap.
            const from = Math.max(0, reading.count - 2);
            reading.append(log.records.slice(from, reading.count + action.append));
          } else {
            const index = 1 + Math.floor(action.at * (reading.count - 1));
            expect(reading.at(index).hash()).toBe(foldedTo(log, index).hash());
          }
        }
        expect(reading.at(reading.count).hash()).toBe(foldedTo(log, reading.count).hash());
      },
    ),
    { numRuns: 60 },
  );
});
