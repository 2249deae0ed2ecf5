import type { AgentScript } from '../../src/simulation/agents/script.ts';
import { CalmStage, type CalmStageOptions } from '../../src/simulation/calm-stage.ts';
import type { TaskDefinition } from '../../src/task/definition.ts';
import { pinnedOf } from '../engine/open-world.ts';

/** One execution `e` of the task, run until nothing is due any more. */
export async function runOn(
  definition: TaskDefinition,
  agents: { readonly [role: string]: AgentScript },
  options: CalmStageOptions = {},
) {
  const stage = await CalmStage.open({ agents, ...options });
  await stage.start({ execution: 'e', pinned: pinnedOf(definition), input: {} });
  while ((await stage.fold('e'))?.hasEnded !== true && (await stage.step()));
  return stage;
}
