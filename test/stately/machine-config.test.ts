import { expect, test } from 'vitest';
import { type AnyStateMachine, createMachine } from 'xstate';
import { MACHINES } from '../../machines/by-name.ts';
import type { Json } from '../../src/json.ts';
import { machineConfig } from '../../src/stately/machine-config.ts';

test.each(Object.keys(MACHINES))(
  'the machine %s made again of its configuration has the same chart',
  (name) => {
    const machine = MACHINES[name] as AnyStateMachine;
    const config = JSON.parse(JSON.stringify(machineConfig(machine))) as object;
    expect(chartOf(createMachine(config))).toEqual(chartOf(machine));
  },
);

test('names of guards and actions are those of the machine, and nothing else stands where a function was', () => {
  const config = machineConfig(MACHINES.agent as AnyStateMachine);
  const names = new Set(leavesOf(config));
  expect(names).toContain('offered');
  for (const leaf of names) expect(leaf).not.toMatch(/=>|function/);
});

/** Every transition: from where, by what, under which guard, to where, doing what. */
function chartOf(machine: AnyStateMachine) {
  return Object.values(machine.states).map((state) => ({
    state: state.key,
    tags: [...state.tags],
    transitions: [...state.transitions.values(), state.always ?? []].flat().map((transition) => ({
      event: transition.eventType,
      guard: nameOf(transition.guard),
      to: transition.target?.map(({ key }: { key: string }) => key) ?? null,
      actions: transition.actions.map(nameOf),
    })),
  }));
}

function nameOf(raw: unknown): string | undefined {
  if (raw === undefined || typeof raw === 'string') return raw;
  if (typeof raw === 'function') return raw.name;
  return String((raw as { type: unknown }).type);
}

function leavesOf(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => [key, ...leavesOf(part as Json)]);
}
