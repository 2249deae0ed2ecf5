import { z } from 'zod';
import { artifactRef, nextClaim, rollbackWish, stepError, usage } from '../../ports/report-schemas.ts';

/**
 * Every message that crosses NATS, as JSON. docs/asyncapi.yaml is generated from these schemas and docs/protocol.md explains
 * them. Readers tolerate unknown keys: a newer peer may send more.
 */

const id = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/);
const json = z.unknown();
const attempt = z.int().positive();
const fence = z.int().positive();

const attemptKey = { execution: id, step: id, attempt };

/** A record of the log. Execution and source are in its subject, time and position are the stream's. */
export const recordMessage = z.object({
  /** Made once by the author; a repeated record keeps it. */
  id: z.string().min(1).max(128),
  type: z.string().min(1).max(64),
  data: json,
});

/** Work for a role, in the offer stream. */
export const offerMessage = z.object({
  ...attemptKey,
  role: id,
  partition: z.int().min(0),
  priority: z.number(),
  pinned: z.string().optional(),
  traceparent: z.string().optional(),
});

/** Request to the owner of the offer's partition. */
export const claimRequest = z.object({ ...attemptKey, claimId: id });

/** On the same subject: what became of the claim that a report asked for, which nobody told. */
export const nextRequest = nextClaim.extend({
  execution: id,
  /** The attempt that was reported. */
  after: z.object({ step: id, attempt, fence }),
});

const granted = {
  kind: z.literal('granted'),
  fence,
  leaseMs: z.number().positive(),
  /** Subject to which the report is published. */
  report: z.string(),
  /** What the agent gets. Absent when it is larger than a message may be; then `requestRef` names it. */
  request: z.record(z.string(), json).optional(),
  requestRef: artifactRef.optional(),
};

const refused = z.object({ kind: z.literal('refused'), reason: z.string() });

/** A claim that a report asked for was granted; the token is the one whose digest the report had. */
const nextGranted = z.object({ ...granted, ...attemptKey, claimId: id });

export const nextAnswer = z.discriminatedUnion('kind', [nextGranted, refused]);

export const claimAnswer = z.discriminatedUnion('kind', [
  z.object({ ...granted, token: z.string() }),
  refused,
]);

export const heartbeatRequest = z.object({
  beats: z.array(z.object({ ...attemptKey, fence })).max(1024),
});

export const heartbeatAnswer = z.object({ answers: z.array(z.enum(['ok', 'cancel', 'reveal', 'unknown'])) });

/** Owner to host: stop this attempt, then report `claim.released`; with the reason `reveal`, tell its sealed vote instead. */
export const cancelMessage = z.object({ ...attemptKey, fence, reason: z.string() });

/**
 * Owner to host: these reports, by the id of their records, were folded: accepted, or refused for good. `next`: the claim that the one
 * report of the message asked for.
 */
export const confirmedMessage = z.object({ reports: z.array(z.string()), next: nextGranted.optional() });

const report = {
  step: id,
  attempt,
  fence,
  token: z.string(),
  host: id.optional(),
  usage: usage.optional(),
  durationMs: z.number().min(0).optional(),
  logs: artifactRef.optional(),
};

/** `data` of the records that hosts append. */
export const reportData = {
  'step.succeeded': z.object({
    ...report,
    output: json,
    artifacts: z.array(artifactRef).optional(),
    next: nextClaim.optional(),
    /** Of a ballot, where the vote is not in the output. */
    vote: json.optional(),
    /** Of a ballot: digest of what was voted on, as the request said it. */
    subject: z.string().optional(),
    /** Of a sealed vote that is told. */
    nonce: z.string().optional(),
    rollback: rollbackWish.optional(),
  }),
  'step.failed': z.object({ ...report, error: stepError, rollback: rollbackWish.optional() }),
  /** The agent asks people; its attempt has ended. */
  'step.asked': z.object({
    ...report,
    approval: z.object({
      question: z.string().min(1).max(10_000),
      approvers: z.array(z.string().min(1).max(128)).min(1).max(100).optional(),
      subject: z.object({ files: z.array(z.string().min(1).max(1024)).min(1).max(1000) }).optional(),
    }),
  }),
  'claim.released': z.object(report),
  /** The host keeps the vote until it is told `reveal`. */
  'ballot.sealed': z.object({ ...report, digest: z.string(), subject: z.string().optional() }),
} as const;

export const progressMessage = z.object({ ...attemptKey, agent: id, progress: json });

export const presenceMessage = z.object({
  host: id,
  process: z.string(),
  pid: z.number(),
  hostname: z.string(),
  startedAt: z.number(),
  seenAt: z.number(),
  roles: z.array(z.object({ role: id, concurrency: z.number(), busy: z.number() })),
  attempts: z
    .array(
      z.object({
        ...attemptKey,
        role: id,
        startedAt: z.number(),
        processSeenAt: z.number(),
        progressAt: z.number(),
      }),
    )
    .optional(),
});
