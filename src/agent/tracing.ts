import type { AgentRequest, AttemptReport } from '../ports/agent-request.ts';

/** Makes a trace of what agents do in this process, see src/telemetry. */
export interface AttemptTracing {
  /** An agent is about to work on the request. Undefined: nobody wants to know. */
  begin(request: AgentRequest, host: string): TracedAttempt | undefined;
}

export interface TracedAttempt {
  /** What the agent is to see in place of the request's own: its work is below this host's. */
  readonly traceparent: string;
  /** Runs the agent so that what it traces in this process lies below. */
  run<T>(work: () => T): T;
  end(result: AttemptReport['result']): void;
}
