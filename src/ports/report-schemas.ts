import { z } from 'zod';
import { FAILURE_CLASSES } from './agent-request.ts';

/** What hosts say of an attempt, as it is checked in the log and on its way there. Tolerant of unknown keys. */

export const artifactRef = z.object({
  $artifact: z.string(),
  bytes: z.number(),
  mediaType: z.string().optional(),
  name: z.string().optional(),
});

export const stepError = z.object({
  class: z.enum(FAILURE_CLASSES),
  message: z.string(),
  details: z.unknown().optional(),
  retryAfterMs: z.number().min(0).optional(),
});

/** The claim that a report asks for, see `NextClaim`. */
export const nextClaim = z.object({
  claimId: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
  tokenDigest: z.string().regex(/^[0-9a-f]{64}$/),
});

export const usage = z.object({
  tokens: z.number().min(0).optional(),
  usd: z.number().min(0).optional(),
  inputTokens: z.number().min(0).optional(),
  outputTokens: z.number().min(0).optional(),
  model: z.string().max(256).optional(),
});

export const rollbackWish = z.object({
  to: z.string().min(1).max(128).optional(),
  reason: z.string().max(4096),
});
