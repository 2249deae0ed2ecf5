/** `troupe/testing`: run tasks in virtual time, with agents of a script. `docs/testing.md` shows how. */
export { defaultScript, exampleOutput } from './simulation/agents/default-script.ts';
export { type PerformOptions, performAs } from './simulation/agents/perform-as.ts';
export { type AgentScripts, readAgentScripts } from './simulation/agents/read-scripts.ts';
export { type PastRecord, replayAgent, replaySignals } from './simulation/agents/replay.ts';
export type {
  Adversary,
  AgentScript,
  Condition,
  Distribution,
  Drawn,
  Duration,
  Failure,
  Output,
  Quantity,
  Rule,
  ScriptContext,
  ScriptFunction,
  Table,
} from './simulation/agents/script.ts';
export { CalmStage, type CalmStageOptions } from './simulation/calm-stage.ts';
export type { RunResult } from './simulation/campaign/run-result.ts';
export { chance, choice } from './simulation/chance.ts';
export { matchers, type SimulationMatchers } from './simulation/matchers.ts';
export { type RehearsalOptions, type ReplayOptions, replayRun } from './simulation/rehearsal.ts';
export type { ScriptedDecision, ScriptedPeople } from './simulation/scripted-people.ts';
export {
  type PhaseEvent,
  type PhaseMoment,
  type ScriptedSignal,
  SignalSender,
} from './simulation/scripted-signal.ts';
export { type SimulateOptions, simulate } from './simulation/simulate.ts';
export type { InjectedRecord, PhaseState, Simulation, StepState } from './simulation/simulation.ts';
export type { Stage, StageStart } from './simulation/stage.ts';
