/** `troupe/testing`: run tasks in virtual time, with agents of a script. `docs/testing.md` shows how. */
export { defaultScript } from './simulation/agents/default-script.ts';
export { type PerformOptions, performAs } from './simulation/agents/perform-as.ts';
export type {
  Adversary,
  AgentScript,
  Condition,
  Distribution,
  Duration,
  Failure,
  Output,
  Quantity,
  Random,
  Rule,
  ScriptContext,
  ScriptFunction,
  Table,
} from './simulation/agents/script.ts';
export { CalmStage, type CalmStageOptions } from './simulation/calm-stage.ts';
export type { RunResult } from './simulation/campaign/run-result.ts';
export { chance, choice } from './simulation/chance.ts';
export { type RehearsalOptions, type ReplayOptions, replayRun } from './simulation/rehearsal.ts';
export type { Stage, StageStart } from './simulation/stage.ts';
