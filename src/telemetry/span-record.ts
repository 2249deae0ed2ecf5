/** A span that is over, as data: what an exporter is given, before any SDK is asked. */
export interface SpanRecord {
  /** 16 hexadecimal digits. */
  readonly id: string;
  /** Undefined: what the execution's trace hangs below. */
  readonly parent: string | undefined;
  /** What it is the span of. */
  readonly of: 'execution' | 'phase' | 'step' | 'attempt' | 'rollback';
  readonly name: string;
  /** `client`: the work is done elsewhere, by an agent host. */
  readonly kind: 'internal' | 'client';
  /** ms since 1970, in the log's time. */
  readonly startAt: number;
  readonly endAt: number;
  readonly attributes: SpanAttributes;
  /** Absent: it did not fail. */
  readonly error?: { readonly type: string; readonly message: string } | undefined;
  /** Ids of spans that it follows from, in the same trace. */
  readonly links?: readonly string[] | undefined;
}

export type SpanAttributes = { readonly [name: string]: string | number | boolean | undefined };

/**
 * Names of attributes. Those of `gen_ai` and `error` are OpenTelemetry's conventions for generative AI (1.41, "development"):
 * https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-agent-spans/ ; the others are Troupe's own.
 */
export const ATTRIBUTE = {
  operation: 'gen_ai.operation.name',
  workflow: 'gen_ai.workflow.name',
  conversation: 'gen_ai.conversation.id',
  provider: 'gen_ai.provider.name',
  agent: 'gen_ai.agent.name',
  model: 'gen_ai.request.model',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  errorType: 'error.type',
  execution: 'troupe.execution.id',
  task: 'troupe.task.name',
  version: 'troupe.task.version',
  status: 'troupe.status',
  phase: 'troupe.phase.name',
  tries: 'troupe.phase.tries',
  degraded: 'troupe.degraded',
  step: 'troupe.step.id',
  stepKind: 'troupe.step.kind',
  attempts: 'troupe.step.attempts',
  cached: 'troupe.step.cached',
  attempt: 'troupe.attempt.number',
  outcome: 'troupe.attempt.outcome',
  host: 'troupe.host.id',
  /** From the offer to the claim, in seconds; of a step's first attempt. */
  waited: 'troupe.attempt.wait_time',
  tokens: 'troupe.usage.tokens',
  cost: 'troupe.usage.cost_usd',
  rollbackTo: 'troupe.rollback.to',
  rollbackReason: 'troupe.rollback.reason',
  rollbackOutcome: 'troupe.rollback.outcome',
  undoes: 'troupe.compensation.undoes',
} as const;
