import { z } from 'zod';
import { artifactRef, rollbackWish, stepError, usage } from '../src/ports/report-schemas.ts';

/**
 * The records of the log. Each is a past fact with one schema; what does not fit is refused before any machine sees it.
 * Tolerant of unknown keys: a newer peer may send more. Values that people and agents wrote stay opaque (`z.unknown()`).
 */

const run = z.string().min(1).max(128);
const attempt = z.int().positive();
const fence = z.int().positive();

const report = {
  step: run,
  attempt,
  fence,
  token: z.string(),
  /** Who reports, and is to be told that the report was folded. */
  host: z.string().max(128).optional(),
  usage: usage.optional(),
  logs: artifactRef.optional(),
};

/** Who speaks, as the front end that wrote the record knows it. */
const person = z.string().min(1).max(128);
const comment = z.string().max(10_000).optional();
const decision = {
  step: run,
  by: person,
  comment,
  /** Digest of the subject that the person saw. */
  subject: z.string().max(256).optional(),
};

/** What an agent may ask: less than a file, which alone says what follows. */
const askedSchema = z.object({
  question: z.string().min(1).max(10_000),
  approvers: z.array(z.string().min(1).max(128)).min(1).max(100).optional(),
  subject: z.object({ files: z.array(z.string().min(1).max(1024)).min(1).max(1000) }).optional(),
});

export const recordSchemas = {
  /** The first record of every execution: it pins what the execution is folded with. */
  'execution.started': z.object({
    foldVersion: z.int().positive(),
    /** Digest of the pinned definition and agents, in the artifact store. */
    pinned: z.string(),
    task: z.object({ name: z.string(), version: z.string() }),
    /** Digest of the input as it was given, to tell a repeated start from a different one. */
    inputDigest: z.string(),
    /** Inline, or a reference when it is large. */
    input: z.unknown(),
    /** W3C trace context of whoever started it. */
    traceparent: z.string().max(256).optional(),
    /** It was run again: of which execution, as it stood at `position`, and from which step; without one all is done anew. */
    rerunOf: z
      .object({
        execution: z.string().min(1).max(64),
        from: run.optional(),
        position: z.int().min(0),
        /** `Kept` of machines/kept.ts, inline or a reference when it is large. */
        kept: z.unknown().optional(),
      })
      .optional(),
  }),
  'pause.requested': z.object({ reason: z.string().optional() }),
  'resume.requested': z.object({}),
  'abort.requested': z.object({
    reason: z.string().optional(),
    /** What was done is undone. */
    rollback: z.boolean().optional(),
    by: z.string().max(256).optional(),
  }),
  /** Something is to be undone: up to a checkpoint, the runs of one step, or without either everything. */
  'rollback.requested': z.object({
    to: z.string().min(1).max(128).optional(),
    step: run.optional(),
    afterwards: z.enum(['stop', 'continue']).optional(),
    reason: z.string().max(4096).optional(),
    by: z.string().max(256).optional(),
  }),
  'retry.requested': z.object({}),
  'checkpoint.requested': z.object({ name: z.string().min(1).max(128) }),
  'signal.sent': z.object({ name: z.string().min(1).max(256), payload: z.unknown().optional() }),
  'approval.granted': z.object(decision),
  'approval.rejected': z.object(decision),
  'approval.delegated': z.object({ step: run, by: person, to: person, comment }),
  /** A person finishes a step by hand. */
  'step.completed': z.object({ step: run, output: z.unknown(), by: person }),
  'step.claimed': z.object({
    step: run,
    attempt,
    claimId: z.string(),
    host: z.string(),
    role: z.string(),
    tokenDigest: z.string(),
    leaseMs: z.number().positive(),
  }),
  'step.succeeded': z.object({
    ...report,
    output: z.unknown(),
    artifacts: z.array(artifactRef).optional(),
    /** Of a ballot: `vote` of the agent's envelope. */
    vote: z.unknown().optional(),
    /** Of a ballot: digest of what was voted on. */
    subject: z.string().max(128).optional(),
    /** Of a sealed ballot: what its seal was made with. */
    nonce: z.string().max(128).optional(),
    rollback: rollbackWish.optional(),
  }),
  /** The host has the agent's vote and says its digest only, until the poll is closed. */
  'ballot.sealed': z.object({
    ...report,
    digest: z.string().max(128),
    subject: z.string().max(128).optional(),
  }),
  /** A person votes. */
  'ballot.cast': z.object({
    step: run,
    by: z.string().min(1).max(128),
    vote: z.unknown(),
    subject: z.string().max(128).optional(),
  }),
  'step.failed': z.object({ ...report, error: stepError, rollback: rollbackWish.optional() }),
  /** The host of a cancelled claim says that its work is gone. */
  'claim.released': z.object(report),
  /** The agent asks people; its attempt ends, and it is offered again with their answer. */
  'step.asked': z.object({ ...report, approval: askedSchema }),
  'claim.expired': z.object({ step: run, attempt, fence, reason: z.string() }),
  /** The offer could not be made: a template that cannot be rendered, a role that does not exist. */
  'offer.failed': z.object({ step: run, attempt, error: stepError }),
  /** An answer to the same question was kept from before: the step ends with it, and nobody is asked. */
  'step.answered': z.object({
    step: run,
    attempt,
    /** Under which it was found in the response cache. */
    key: z.string().max(256),
    output: z.unknown(),
    artifacts: z.array(artifactRef).optional(),
  }),
  'timer.fired': z.object({ timerId: z.string() }),
  /** Result of an effect `evaluate`; the first in the log wins. */
  'evaluation.completed': z.object({ evaluationId: z.string(), output: z.unknown() }),
  'evaluation.failed': z.object({ evaluationId: z.string(), error: stepError }),
  /** People were told of something, or it was tried often enough; see `troupe config`, `notify`. */
  'notification.sent': z.object({
    id: z.string(),
    to: z.array(
      z.object({ name: z.string(), ok: z.boolean(), tries: z.int().min(0), error: z.string().optional() }),
    ),
  }),
  /**
   * The owner's word for what the log held: the digest over all records of the execution after position `after`, up to `upTo`. It
   * changes no state. See docs/provenance.md for how it is worked out.
   */
  sealed: z.object({
    after: z.int().min(0),
    upTo: z.int().positive(),
    /** How many records these are. */
    records: z.int().positive(),
    /** sha256, hex. */
    hash: z.string(),
  }),
} as const;

export type RecordType = keyof typeof recordSchemas;

/** Types that came with a later fold version than the first: executions that are folded by an earlier one refuse them. */
export const SINCE_VERSION: ReadonlyMap<string, number> = new Map<RecordType, number>([
  ['sealed', 2],
  ['notification.sent', 2],
  ['approval.granted', 2],
  ['approval.rejected', 2],
  ['approval.delegated', 2],
  ['step.completed', 2],
  ['step.asked', 2],
  ['ballot.sealed', 2],
  ['ballot.cast', 2],
  ['rollback.requested', 2],
]);

export type RecordData<T extends RecordType> = z.infer<(typeof recordSchemas)[T]>;

/** Types that carry a person's or a program's will; each id is applied once. */
export const CONTROL_TYPES: ReadonlySet<string> = new Set<RecordType>([
  'pause.requested',
  'resume.requested',
  'abort.requested',
  'rollback.requested',
  'retry.requested',
  'checkpoint.requested',
  'signal.sent',
  'approval.granted',
  'approval.rejected',
  'approval.delegated',
  'step.completed',
  'ballot.cast',
]);

/** What `evaluation.completed` carries for an approval. */
export const lookedSchema = z.object({
  question: z.string().optional(),
  subject: z
    .object({
      digest: z.string(),
      files: z.array(z.object({ path: z.string(), digest: z.string(), bytes: z.number() })).optional(),
      value: z.unknown().optional(),
    })
    .optional(),
});

/** What `evaluation.completed` carries for the approved files that a phase uses. */
export const verificationSchema = z.object({
  drifted: z.array(
    z.object({
      step: z.string(),
      by: z.string().optional(),
      path: z.string(),
      was: z.string(),
      is: z.string().optional(),
      reason: z.string().optional(),
    }),
  ),
});

/** What `evaluation.completed` carries for a consensus that opens, or looks at its subject again. */
export const openingSchema = z.object({
  question: z.string().optional(),
  choices: z.array(z.string()).min(1).optional(),
  subject: z.string().optional(),
});

/** What `evaluation.completed` carries for a phase's `forEach`. */
export const expansionSchema = z.object({
  items: z.array(z.unknown()),
  roles: z.record(z.string(), z.array(z.string())),
});

/** What `evaluation.completed` carries for the artifacts of a checkpoint: sha256 by path; null where there is no file. */
export const digestsSchema = z.object({ digests: z.record(z.string(), z.string().nullable()) });

export const outputsSchema = z.record(z.string(), z.unknown());
