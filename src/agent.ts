/** `troupe/agent`: write agents, and offer them from a process of your own. */
export * from './agent/index.ts';
export type { NatsAccess } from './library/nats-access.ts';
export {
  type RunningAgentHost,
  type StartAgentHostOptions,
  startAgentHost,
} from './library/start-agent-host.ts';
