import type { Pinned } from '../../src/engine/pinned.ts';
import type { Json } from '../../src/json.ts';
import { agentStep, phase, pinnedOf, task } from '../engine/open-world.ts';

/** What the executions of the fault tests do: a bit of everything that may be under way when something is killed. */

export const INPUT: Json = { items: [1, 2, 3] };

/** The signal that every execution waits for. */
export const GATE = 'go';

const definition = task(
  [
    phase('plan', [agentStep('plan')]),
    phase(
      'work',
      [
        agentStep('one'),
        agentStep('two'),
        agentStep('three'),
        agentStep('shaky', {
          agent: 'shaky',
          retry: { maxAttempts: 3, backoffMs: 40, factor: 2, maxBackoffMs: 1_000 },
        }),
      ],
      { dependsOn: ['plan'], minSuccess: 'all' },
    ),
    phase('each', [agentStep('item')], { dependsOn: ['plan'], forEach: 'input.items', minSuccess: 'all' }),
    phase('gate', [{ kind: 'wait', id: 'gate', title: 'gate', signal: GATE }], { dependsOn: ['plan'] }),
    phase('fold', [agentStep('fold')], { dependsOn: ['work', 'each', 'gate'] }),
  ],
  { name: 'faults' },
);

export const PINNED: Pinned = pinnedOf(definition);

/** Steps of agents that have to succeed, once each. */
export const STEPS: readonly string[] = [
  'plan',
  'one',
  'two',
  'three',
  'shaky',
  'item_1',
  'item_2',
  'item_3',
  'fold',
];
