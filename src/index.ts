/** `troupe`: run tasks from a program. `docs/library.md` shows how; agents are written with `troupe/agent`. */
export { AgentError } from './agent/agent-error.ts';
export {
  type AgentContext,
  type AgentFunction,
  type AgentOptions,
  defineAgent,
  type FunctionAgent,
} from './agent/define.ts';
export type { LifecycleEvents } from './engine/lifecycle.ts';
export type { PendingApproval } from './engine/pending-approvals.ts';
export type { ExecutionReport, PhaseReport, StepReport } from './engine/report.ts';
export { ExecutionFailure, TroupeError } from './errors.ts';
export { createHistoryStore } from './history/create-store.ts';
export type { HistoryEntry, HistoryError, PhaseCounts } from './history/entry.ts';
export type { DurationSummary, HistoryQuery, HistoryStore, HistorySummary } from './history/store.ts';
export type { ArtifactRef, Json } from './json.ts';
export type { ActiveExecution } from './library/active-executions.ts';
export type { AgentManager, AgentManagerOption } from './library/agent-manager.ts';
export { type SubmitTaskOptions, TroupeClient, type TroupeClientOptions } from './library/client.ts';
export type { Control } from './library/controls.ts';
export type { DecisionOptions } from './library/decision-options.ts';
export type { ExecutorEvent, ExecutorEventName, ExecutorListener } from './library/event-listeners.ts';
export {
  ExecutionContext,
  type ExecutionContextJson,
  type TemplateContext,
} from './library/execution-context.ts';
export type { ExecutionResult, ResultReport } from './library/execution-result.ts';
export type { ExecutorLogger } from './library/executor-logger.ts';
export type { TaskExecutorOptions } from './library/executor-options.ts';
export type { NatsAccess } from './library/nats-access.ts';
export type { RerunRequest } from './library/rerun.ts';
export {
  type RunningOrchestrator,
  type StartOrchestratorOptions,
  startOrchestrator,
} from './library/start-orchestrator.ts';
export type {
  StepStrategyHandler,
  StrategyContext,
  StrategyPhase,
  StrategyStep,
} from './library/step-strategies.ts';
export {
  type ExecuteOptions,
  type ExecutionPromise,
  TaskExecutor,
  TaskExecutor as TaskExecutorV2,
  type TaskInput,
} from './library/task-executor.ts';
export type { AgentRequest, FailureClass, StepError, Usage } from './ports/agent-request.ts';
export type { AggregateFunction, AggregateItem, AggregateOptions } from './task/aggregate.ts';
export { defineTask } from './task/define.ts';
export type { TaskDefinition } from './task/definition.ts';
export type { Diagnostic } from './task/diagnostic.ts';
export { TaskParser } from './task/parser.ts';
