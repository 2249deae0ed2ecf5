import { expect, test } from 'vitest';
import { simulate } from '../../src/testing.ts';

const TRIP = {
  name: 'trip',
  phases: [
    {
      name: 'Book',
      parallel: false,
      steps: [
        { agent: 'airline', text: 'book', id: 'flight', compensate: 'airline - cancel' },
        { agent: 'hotel', text: 'book', id: 'room', compensate: 'hotel - cancel' },
      ],
    },
    { name: 'Wait', dependsOn: ['Book'], steps: ['wait: go'] },
  ],
} as const;

const agents = {
  airline: ({ step, compensates }: { step: string; compensates?: object | undefined }) => ({
    step,
    compensates,
  }),
  hotel: async (_: object, { sleep }: { sleep(ms: number): Promise<void> }) => {
    await sleep(1000);
    return { booking: 'R-4' };
  },
};

test('an orchestrator that dies at any moment of a rollback leaves nothing out and does nothing twice', async () => {
  for (let moves = 0; moves < 10; moves += 1) {
    await using simulation = await simulate(TRIP, { agents });
    await simulation.untilWaitingFor('go');
    await simulation.rollBack({ reason: 'ill' });
    await simulation.advance(moves * 150);
    await simulation.restart();
    await simulation.untilStatus('rolledBack');
    const { rollback } = simulation.report();
    expect(rollback).toMatchObject({ compensated: ['room', 'flight'], failed: [], skipped: [] });
  }
});
