import { z } from 'zod';

/**
 * The task model: what every reader (Markdown, YAML, `defineTask`) produces and what the machines run.
 * Plain JSON, fully normalised: durations in milliseconds, defaults filled in, plain bullets expanded into
 * one agent step per listed agent. It is pinned by digest in the first record of each execution.
 */

/** Ids of executions, steps, roles and hosts; they travel in subjects and file names. */
export const ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

/** A JSON Schema; kept as data and compiled where it is used. */
export const jsonSchemaSchema = z.record(z.string(), z.unknown());

export const retryPolicySchema = z.strictObject({
  /** Attempts in all, the first included. */
  maxAttempts: z.int().min(1).max(1000),
  /** Wait before the second attempt, in ms; attempt n waits `backoffMs * factor^(n-1)`. */
  backoffMs: z.number().min(0),
  factor: z.number().min(1).max(100),
  maxBackoffMs: z.number().min(0),
});

export const outputSpecSchema = z.strictObject({
  name: z.string().min(1),
  /** CEL; absent: the key of that name (see TASK-FORMAT, Outputs). */
  expression: z.string().optional(),
  description: z.string().optional(),
});

const stepBase = {
  /** Slug, unique in the task. In a `forEach` phase item n of step `s` runs as `s_n` (n from 1). */
  id: z.string().regex(ID_PATTERN),
  /** What a person reads: the text of the bullet. */
  title: z.string(),
  /** Deadline of one attempt, in ms. Absent: the agent's own, else none. */
  timeoutMs: z.number().positive().optional(),
  retry: retryPolicySchema.optional(),
  estimateMs: z.number().positive().optional(),
  /** 1-based line in the source file, for diagnostics and the inspector. */
  line: z.int().positive().optional(),
};

const agentWork = {
  ...stepBase,
  kind: z.literal('agent'),
  /** Role name, or a liquid template (`{{ item.agent }}`) in a `forEach` phase. */
  agent: z.string().min(1),
  /** Liquid template. */
  instructions: z.string(),
  /** How long an offer may wait for a host, in ms. Absent: for ever. */
  claimWithinMs: z.number().positive().optional(),
  outputSchema: jsonSchemaSchema.optional(),
  /** Higher goes first within the execution. Default 0. */
  priority: z.int().optional(),
  /** JSON whose strings are liquid templates; merged over the execution's input for this step. */
  input: z.record(z.string(), z.unknown()).optional(),
  /** An answer to the same question that is not older than `ttlMs` is taken in place of asking again. */
  cache: z
    .strictObject({
      ttlMs: z.number().positive(),
      /** Liquid template: what the answer depends on. Absent: all that the agent gets. */
      key: z.string().optional(),
    })
    .optional(),
};

/** What a step leaves behind outside of the execution. Absent: nothing is said, and nothing is undone. */
export const EFFECTS = ['none', 'reversible', 'compensable', 'irreversible'] as const;

export const agentStepSchema = z.strictObject({
  ...agentWork,
  effect: z.enum(EFFECTS).optional(),
  /** The step that undoes this one; its templates may name `compensates`. */
  compensate: z.strictObject(agentWork).optional(),
  /** Why it may stand where a rollback could want it undone, though it cannot be. */
  acceptIrreversible: z.string().min(1).optional(),
});

export const validationStepSchema = z.strictObject({
  ...stepBase,
  kind: z.literal('validation'),
  /** CEL; must be exactly `true` to pass. */
  expression: z.string().min(1),
  message: z.string().optional(),
});

export const aggregateStepSchema = z.strictObject({
  ...stepBase,
  kind: z.literal('aggregate'),
  aggregate: z.string().min(1),
  /** Options of the aggregate from the step's yaml `input`. */
  options: z.record(z.string(), z.unknown()).optional(),
});

export const waitStepSchema = z.strictObject({
  ...stepBase,
  kind: z.literal('wait'),
  signal: z.string().min(1).max(256),
  schema: jsonSchemaSchema.optional(),
});

/** What is approved or voted on, bound to by its digest: a CEL value, or files under the owner's working directory. */
export const subjectSchema = z.union([
  z.strictObject({ expression: z.string().min(1) }),
  z.strictObject({ files: z.array(z.string().min(1).max(1024)).min(1).max(1000) }),
]);

/** To where a rollback goes, and what comes then. */
export const rollbackTargetSchema = z.strictObject({
  /** Name of a checkpoint. Absent: everything is undone. */
  to: z.string().min(1).optional(),
  /** `stop` (default): the execution ends as rolled back. `continue`: it goes on from the checkpoint. */
  afterwards: z.enum(['stop', 'continue']).optional(),
});

/** What follows when something went against the task: a failure, a rejection, a deadline, a deviation. */
export const reactionSchema = z.union([
  z.enum(['fail', 'continue']),
  z.strictObject({ rollback: rollbackTargetSchema }),
]);

/** What follows when nobody decided in time. */
const lastDeadlineReactionSchema = z.union([z.enum(['approve', 'reject']), reactionSchema]);

export const deadlineReactionSchema = z.union([
  lastDeadlineReactionSchema,
  z.strictObject({
    escalate: z.strictObject({
      to: z.array(z.string().min(1).max(128)).min(1),
      withinMs: z.number().positive(),
      afterwards: lastDeadlineReactionSchema,
    }),
  }),
]);

/** What a person is asked: the whole of it, so that other steps can ask in the same words. */
export const approvalAskSchema = z.strictObject({
  /** Liquid template. */
  question: z.string().min(1),
  /** Names, and groups as `group:NAME`. Absent: anyone. */
  approvers: z.array(z.string().min(1).max(128)).min(1).optional(),
  subject: subjectSchema.optional(),
  deadlineMs: z.number().positive().optional(),
  /** Stands where `deadlineMs` does. */
  onDeadline: deadlineReactionSchema.optional(),
  /** Told again each such time, in ms. */
  remindMs: z.number().positive().optional(),
  escalate: z
    .strictObject({ afterMs: z.number().positive(), to: z.array(z.string().min(1).max(128)).min(1) })
    .optional(),
  /** Whether an approver may name another. Absent: yes. */
  delegation: z.boolean().optional(),
  /** Absent: `fail`. */
  onReject: reactionSchema.optional(),
});

/** The same where something else asks: what is asked, and what follows a no, is its own. */
export const peopleSchema = approvalAskSchema.omit({ question: true, subject: true, onReject: true });

/** People decide. */
const askingSchema = z.strictObject({ approval: peopleSchema });

export const rollbackPolicySchema = z.strictObject({
  /** When a compensation fails for good. Default `stop`: the rollback ends there, and may be asked for again. People who say yes have it skipped. */
  onFailure: z.union([z.enum(['stop', 'skip']), askingSchema]).optional(),
  /** How often an execution goes on after a rollback that no person asked for. Default 3. */
  maxRollbacks: z.int().min(0).max(1000).optional(),
  /** What comes after a rollback where whoever asks for it does not say. Default `stop`. */
  afterwards: z.enum(['stop', 'continue']).optional(),
});

/** A control point of a phase: one thing that is measured while it works, how far it may go, and what follows when it goes further. */
export const limitSchema = z.strictObject({
  /** Unique in the phase. */
  name: z.string().min(1),
  /** One of these says what is measured. Since the phase began, pauses left out. */
  durationMs: z.number().positive().optional(),
  usd: z.number().min(0).optional(),
  tokens: z.number().min(0).optional(),
  /** Share of the ended attempts that failed, 0 to 1. */
  failureRate: z.number().min(0).max(1).optional(),
  attempts: z.int().min(0).optional(),
  /** CEL over `metrics` and `input`; beyond the limit when it is true. */
  when: z.string().optional(),
  /** `notify`: told, nothing else. `slow`: half as many steps at once. `pause`: until a person resumes. People: nothing new begins until they decide. */
  reaction: z.union([
    z.enum(['notify', 'slow', 'pause', 'fail']),
    askingSchema,
    z.strictObject({ rollback: rollbackTargetSchema }),
  ]),
});

export const approvalStepSchema = z.strictObject({
  ...stepBase,
  kind: z.literal('approval'),
  ask: approvalAskSchema,
});

/** A fraction and not a float, so that two of three are two thirds. */
const shareSchema = z.strictObject({ numerator: z.number().min(0), denominator: z.number().positive() });

/** An agent, which votes as a step of its own (see machines/derived-steps.ts), or a person. */
export const voterSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('agent'),
    name: z.string().regex(ID_PATTERN),
    /** Id of its ballots' step; the ballot of round n runs as `id_n`. */
    id: z.string().regex(ID_PATTERN),
    weight: z.number().min(0),
  }),
  z.strictObject({
    kind: z.literal('person'),
    name: z.string().regex(ID_PATTERN),
    weight: z.number().min(0),
  }),
]);

/** How votes are counted; docs/consensus.md says what each does. */
export const VOTE_METHODS = [
  'majority',
  'supermajority',
  'unanimous',
  'threshold',
  'weighted',
  'ranked',
  'condorcet',
  'score',
  'agreement',
] as const;

export const consensusStepSchema = z.strictObject({
  ...stepBase,
  kind: z.literal('consensus'),
  method: z.enum(VOTE_METHODS),
  /** Liquid template. */
  question: z.string(),
  /** Liquid template: what agents are told beside the question. */
  instructions: z.string().optional(),
  /** Names in file order. */
  voters: z.array(voterSchema).min(1),
  /** Texts, or CEL that gives a list of them. Absent for `agreement`. */
  choices: z.union([z.array(z.string()).min(1), z.strictObject({ expression: z.string() })]).optional(),
  threshold: shareSchema.optional(),
  /** Of `agreement`: how many have to give the same answer. */
  agree: z.int().min(1).optional(),
  /** Of `agreement`: the keys of the output that have to agree. Absent: all of it. */
  of: z.array(z.string()).optional(),
  quorum: z
    .union([z.strictObject({ voters: z.int().min(1) }), z.strictObject({ share: shareSchema })])
    .optional(),
  veto: z.array(z.string()).optional(),
  vetoes: z.string().optional(),
  /** Absent: 1. */
  rounds: z.int().min(1).max(100).optional(),
  /** Of one round, in ms. */
  deadlineMs: z.number().positive().optional(),
  sealed: z.literal(true).optional(),
  /** How long sealed ballots may take to be opened, in ms. Absent: 30 s. */
  revealWithinMs: z.number().positive().optional(),
  score: z.enum(['mean', 'median']).optional(),
  scale: z.strictObject({ min: z.number(), max: z.number() }).optional(),
  subject: subjectSchema.optional(),
  distinct: z.enum(['host', 'family']).optional(),
  /** Absent: `fail`. */
  onDeadlock: z
    .union([
      z.literal('fail'),
      z.strictObject({ choice: z.string() }),
      /** A yes takes the first choice, a no the last; of `agreement` the answer that most gave, or none. */
      askingSchema,
      z.strictObject({ rollback: rollbackTargetSchema }),
    ])
    .optional(),
  /** Choice -> what follows. A choice that is not named completes the step. */
  onDecision: z.record(z.string(), reactionSchema).optional(),
  claimWithinMs: z.number().positive().optional(),
  priority: z.int().optional(),
  input: z.record(z.string(), z.unknown()).optional(),
});

/** A kind registered with `registerStepStrategy`. */
export const customStepSchema = z.strictObject({
  ...stepBase,
  kind: z.literal('custom'),
  strategy: z.string().min(1),
  parameters: z.record(z.string(), z.unknown()).optional(),
});

export const stepDefinitionSchema = z.discriminatedUnion('kind', [
  agentStepSchema,
  validationStepSchema,
  aggregateStepSchema,
  waitStepSchema,
  approvalStepSchema,
  customStepSchema,
  consensusStepSchema,
]);

export const phaseDefinitionSchema = z.strictObject({
  /** Unique in the task; dependencies and expressions name it. */
  name: z.string().min(1),
  /** Names of phases. Empty: starts at once. */
  dependsOn: z.array(z.string()),
  /** About the steps inside. False: file order, one at a time. */
  parallel: z.boolean(),
  /** CEL; false skips the phase. A skipped phase counts as met for those that depend on it, with no outputs. */
  when: z.string().optional(),
  /** CEL giving a list; agent and custom steps run once per item, barriers once. */
  forEach: z.string().optional(),
  timeoutMs: z.number().positive().optional(),
  /** Retry of the whole phase: only its failed steps are offered again. Absent: one try. */
  retry: retryPolicySchema.optional(),
  /** How many agent steps must succeed. Absent: 1 (or none when the phase has no agent step). */
  minSuccess: z.union([z.int().min(0), z.literal('all')]).optional(),
  onFailure: reactionSchema.optional(),
  limits: z.array(limitSchema).optional(),
  /** A checkpoint is marked when the phase completes; a string names it. */
  checkpoint: z.union([z.boolean(), z.string()]).optional(),
  /** Files, relative to where the execution is driven: measured when the phase's checkpoint is made. */
  artifacts: z.array(z.string().min(1)).optional(),
  estimateMs: z.number().positive().optional(),
  steps: z.array(stepDefinitionSchema),
  /** The phase's Agents list, in file order. */
  agents: z.array(z.string()),
  outputs: z.array(outputSpecSchema),
  line: z.int().positive().optional(),
});

export const taskDefinitionSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().optional(),
  /** semver */
  version: z.string(),
  maxExecutionTimeMs: z.number().positive().optional(),
  /** Default retry of agent steps. Absent: one attempt. */
  retry: retryPolicySchema.optional(),
  /** Field -> JSON Schema. A field with `default` may be left out; so may one with `"x-optional": true`. */
  requirements: z.record(z.string(), jsonSchemaSchema),
  concurrency: z.strictObject({
    /** Phases at work at once. Absent: no limit. */
    phases: z.int().min(1).optional(),
    /** Live steps per phase. Default 64, at most 1024. */
    steps: z.int().min(1).max(1024).optional(),
  }),
  budget: z
    .strictObject({
      usd: z.number().positive().optional(),
      tokens: z.number().positive().optional(),
      /** Sum of the time agents worked, in ms. */
      timeMs: z.number().positive().optional(),
    })
    .optional(),
  /** Absent: the outputs of the phases nobody depends on. */
  outputs: z.array(outputSpecSchema).optional(),
  onFailure: reactionSchema,
  /** Roles whose agents may ask for a rollback. */
  mayRollback: z.array(z.string()).optional(),
  rollback: rollbackPolicySchema.optional(),
  /** Files, relative to where the execution is driven: measured at the start and with every checkpoint. */
  checkpointArtifacts: z.array(z.string().min(1)).optional(),
  phases: z.array(phaseDefinitionSchema).min(1),
});

export type Limit = z.infer<typeof limitSchema>;
export type RollbackTarget = z.infer<typeof rollbackTargetSchema>;
export type RollbackPolicy = z.infer<typeof rollbackPolicySchema>;
export type Reaction = z.infer<typeof reactionSchema>;
export type RetryPolicy = z.infer<typeof retryPolicySchema>;
export type OutputSpec = z.infer<typeof outputSpecSchema>;
export type AgentStep = z.infer<typeof agentStepSchema>;
export type ValidationStep = z.infer<typeof validationStepSchema>;
export type AggregateStep = z.infer<typeof aggregateStepSchema>;
export type WaitStep = z.infer<typeof waitStepSchema>;
export type DeadlineReaction = z.infer<typeof deadlineReactionSchema>;
export type ApprovalAsk = z.infer<typeof approvalAskSchema>;
export type People = z.infer<typeof peopleSchema>;
export type ApprovalStep = z.infer<typeof approvalStepSchema>;
export type CustomStep = z.infer<typeof customStepSchema>;
export type ConsensusStep = z.infer<typeof consensusStepSchema>;
export type Voter = z.infer<typeof voterSchema>;
export type Subject = z.infer<typeof subjectSchema>;
export type StepDefinition = z.infer<typeof stepDefinitionSchema>;
export type PhaseDefinition = z.infer<typeof phaseDefinitionSchema>;
export type TaskDefinition = z.infer<typeof taskDefinitionSchema>;
