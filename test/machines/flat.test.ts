import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type AnyActorRef,
  type AnyStateMachine,
  assign,
  createActor,
  enqueueActions,
  raise,
  sendParent,
  sendTo,
  setup,
  stopChild,
} from 'xstate';
import { flat } from '../../machines/flat.ts';

/** Machines of all shapes that `flat` takes, run by XState and by it; what can be seen of the two must be the same. */

const STATES = ['s0', 's1', 's2', 's3'] as const;
const EVENTS = ['a', 'b', 'c', 'told', 'raised'] as const;
const GUARDS = ['isEven', 'isLow', 'throws'] as const;
const ACTIONS = [
  'count',
  'reset',
  'note',
  'fail',
  'spawn',
  'stop',
  'tellChildren',
  'tellSelf',
  'raise',
] as const;

/** Machines that answer themselves would go on for ever: with so many lines in the log they fall silent. */
const TALK = 200;

interface Choice {
  readonly guard: string | undefined;
  readonly target: string | undefined;
  readonly actions: readonly string[];
}

interface Shape {
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  readonly always: readonly Choice[];
  readonly on: { readonly [event: string]: readonly Choice[] };
}

/** `throws` and `fail` are rarer than the rest, or little else would happen. */
const often = <T extends string>(names: readonly T[]) =>
  fc.constantFrom(
    ...names
      .filter((name) => name !== 'throws' && name !== 'fail')
      .flatMap((name) => [name, name, name, name, name]),
    ...names,
  );
const actionsOf = fc.array(often(ACTIONS), { maxLength: 3 });
const choiceOf = (state: string) =>
  fc.record({
    guard: fc.option(often(GUARDS), { nil: undefined }),
    target: fc.option(fc.constantFrom(...STATES.filter((other) => other !== state)), { nil: undefined }),
    actions: actionsOf,
  });
const shapeOf = (state: string): fc.Arbitrary<Shape> =>
  fc.record({
    entry: actionsOf,
    exit: actionsOf,
    always: fc.array(
      choiceOf(state).map((choice) => ({ ...choice, guard: choice.guard ?? 'isEven' })),
      { maxLength: 1 },
    ),
    on: fc.dictionary(fc.constantFrom(...EVENTS), fc.array(choiceOf(state), { minLength: 1, maxLength: 3 })),
  });
const shapesOf = fc.record(Object.fromEntries(STATES.map((state) => [state, shapeOf(state)])));

function machineOf(shapes: { readonly [state: string]: Shape }, log: string[], run: Run): AnyStateMachine {
  const child = run(
    setup({ types: { context: {} as { name: string; heard: number } } }).createMachine({
      id: 'child',
      context: ({ input }) => ({ name: (input as { name: string }).name, heard: 0 }),
      initial: 'idle',
      entry: ({ context }) => log.push(`${context.name} lives`),
      states: {
        idle: {
          on: { told: { target: 'told', actions: assign({ heard: ({ context }) => context.heard + 1 }) } },
        },
        told: { tags: 'told', entry: sendParent({ type: 'told' }), on: { told: 'idle' } },
      },
    }),
  );
  const machine = setup({
    types: { context: {} as { count: number; spawned: number } },
    actors: { child },
    guards: {
      isEven: ({ context }) => context.count % 2 === 0,
      isLow: ({ context }) => context.count < 3,
      throws: () => {
        throw new Error('cannot say');
      },
    },
    actions: {
      count: assign(({ context }) => ({ count: context.count + 1 })),
      reset: assign({ count: 0 }),
      note: ({ context, event, self }) =>
        log.push(`${event.type} ${context.count} ${String(self.getSnapshot()?.value)}`),
      fail: () => {
        throw new Error('cannot act');
      },
      spawn: assign(({ context, spawn }) => {
        const id = `child-${context.spawned % 3}`;
        spawn('child', { id, input: { name: id } });
        return { spawned: context.spawned + 1 };
      }),
      stop: stopChild(({ context }) => `child-${context.count % 3}`),
      tellChildren: enqueueActions(({ enqueue, self }) => {
        if (log.length >= TALK) return;
        for (const one of Object.values(self.getSnapshot()?.children ?? {}))
          if (one !== undefined) enqueue.sendTo(one, { type: 'told' });
        enqueue('note');
      }),
      tellSelf: enqueueActions(({ enqueue, self }) => {
        if (log.length < TALK) enqueue(sendTo(self, { type: 'a' }));
      }),
      raise: raise({ type: 'raised' }),
    },
  }).createMachine({
    id: 'machine',
    options: { maxIterations: 20 },
    context: { count: 0, spawned: 0 },
    initial: 's0',
    entry: ['note', 'count'],
    states: shapes as never,
  });
  return run(machine as unknown as AnyStateMachine);
}

type Run = <Machine extends AnyStateMachine>(machine: Machine) => Machine;

/** All that can be seen while the events come. */
function observe(shapes: { readonly [state: string]: Shape }, events: readonly string[], run: Run): unknown {
  const log: string[] = [];
  const actor = createActor(machineOf(shapes, log, run), {
    inspect: (event) => {
      const { type } = event;
      if (type === '@xstate.microstep') {
        const taken = event._transitions.map(({ eventType, guard }) => `${eventType} ${guard}`);
        log.push(`${type} ${taken.join()} ${JSON.stringify(event.snapshot)}`);
      } else if (type === '@xstate.event')
        log.push(
          `${type} ${(event.actorRef as AnyActorRef).id.replace(/^x:\d+/, 'root')} ${event.event.type}`,
        );
      else if (type === '@xstate.action') log.push(`${type} ${event.action.type}`);
    },
  });
  const seen: unknown[] = [];
  const look = () => {
    const snapshot = actor.getSnapshot();
    const { status, value, context, children, tags, error } = snapshot;
    const kept = status === 'active' ? JSON.stringify(actor.getPersistedSnapshot()) : undefined;
    seen.push({
      status,
      value,
      context,
      children: Object.keys(children),
      tags: [...tags],
      error: String(error),
      kept,
    });
  };
  actor.subscribe({ error: () => undefined });
  actor.start();
  look();
  for (const type of events) {
    if (actor.getSnapshot().status !== 'active') break;
    const before = actor.getSnapshot();
    actor.send({ type });
    seen.push(actor.getSnapshot() === before);
    look();
  }
  return { seen, log };
}

describe('a flat machine', () => {
  // XState's development build says so when an actor that failed is sent something.
  beforeEach(() => void vi.spyOn(console, 'warn').mockReturnValue(undefined));

  test('does what XState has it do', () => {
    const eventsOf = fc.array(fc.constantFrom(...EVENTS), { maxLength: 12 });
    fc.assert(
      fc.property(shapesOf, eventsOf, (shapes, events) => {
        expect(observe(shapes, events, flat)).toEqual(observe(shapes, events, (machine) => machine));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['states within states', { initial: 'a', states: { a: { initial: 'b', states: { b: {} } } } }],
    ['a transition of its own', { initial: 'a', on: { go: '.b' }, states: { a: {}, b: {} } }],
    ['an end', { initial: 'a', states: { a: { type: 'final' as const } } }],
    ['an invoked actor', { initial: 'a', states: { a: { invoke: { src: 'x' } } } }],
    ['a wildcard', { initial: 'a', states: { a: { on: { '*': 'b' } }, b: {} } }],
    ['a way back into the same state', { initial: 'a', states: { a: { on: { go: 'a' } } } }],
    ['a guard without a name', { initial: 'a', states: { a: { on: { go: { guard: () => true } } } } }],
  ])('is not one with %s', (_, config) => {
    expect(() => flat(setup({}).createMachine(config as never) as unknown as AnyStateMachine)).toThrow(
      'see machines/flat.ts',
    );
  });
});
