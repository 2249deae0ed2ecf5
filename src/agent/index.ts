/** Write agents, and offer them; src/agent.ts adds how to offer them over NATS. */
export type { AttemptPresence, HostPresence, RolePresence } from '../ports/agent-directory.ts';
export type {
  AgentRequest,
  AskedApproval,
  AttemptReport,
  AttemptResult,
  FailureClass,
  StepError,
  Usage,
} from '../ports/agent-request.ts';
export { AgentError } from './agent-error.ts';
export { type ApprovalRequest, askApproval } from './ask-approval.ts';
export type { AgentProgress } from './attempt.ts';
export { AgentCatalogue, type CatalogueEntry } from './catalogue.ts';
export {
  type AgentContext,
  type AgentFunction,
  type AgentOptions,
  type AttemptLogger,
  defineAgent,
  type FunctionAgent,
} from './define.ts';
export { type AgentDefinition, agentDefinitionSchema } from './definition.ts';
export { AgentHost, type AgentHostOptions, type StopOptions } from './host.ts';
export type { AgentLogger } from './logger.ts';
export { type AgentReading, readAgent, readAgentFile } from './read.ts';
export type { Attachment } from './runner.ts';
