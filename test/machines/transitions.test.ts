import { describe, expect, it } from 'vitest';
import type { AnyTransitionDefinition } from 'xstate';
import { agentPaths } from '../fixtures/executions/paths/agent.ts';
import { executionPaths } from '../fixtures/executions/paths/execution.ts';
import { approvalPaths, evaluationPaths, waitPaths } from '../fixtures/executions/paths/owner-steps.ts';
import { phasePaths } from '../fixtures/executions/paths/phase.ts';
import { rollbackPaths } from '../fixtures/executions/paths/rollback-actor.ts';
import {
  type Edge,
  edgesOf,
  type PathDriver,
  pathOver,
  recordTransitions,
} from '../fixtures/executions/transitions.ts';

const drivers = [
  executionPaths,
  phasePaths,
  agentPaths,
  evaluationPaths,
  waitPaths,
  approvalPaths,
  rollbackPaths,
];

/** Leads an execution over the edge and says which transitions the actors of its real tree took. */
function takeEdge(driver: PathDriver, edge: Edge): { path: readonly Edge[]; taken: ReadonlySet<unknown> } {
  const path = pathOver(driver.machine, edge, (candidate) => driver.avoid(edge, candidate));
  const taken = new Set<AnyTransitionDefinition>();
  const world = driver.stage(path, { onFold: (fold) => recordTransitions(fold, taken) });
  for (const step of path) driver.act(world, step, path);
  expect(world.foldAgain().hash()).toBe(world.fold.hash());
  return { path, taken };
}

describe.each(drivers.map((driver) => [driver.machine.id, driver] as const))(
  'the machine %s',
  (_, driver) => {
    const edges = edgesOf(driver.machine);

    it.each(edges.map((edge) => [edge.name, edge] as const))('takes %s', (_name, edge) => {
      const { path, taken } = takeEdge(driver, edge);
      expect(path.filter(({ transition }) => !taken.has(transition)).map(({ name }) => name)).toEqual([]);
    });
  },
);

describe('all machines', () => {
  it('have no transition that no real execution takes', () => {
    const missed = drivers.flatMap((driver) => {
      const edges = edgesOf(driver.machine);
      const taken = new Set(edges.flatMap((edge) => [...takeEdge(driver, edge).taken]));
      return edges
        .filter(({ transition }) => !taken.has(transition))
        .map(({ name }) => `${driver.machine.id}/${name}`);
    });
    expect(missed).toEqual([]);
  });
});
