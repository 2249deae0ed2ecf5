import { z } from 'zod';
import type { Json } from '../../json.ts';
import { FAILURE_CLASSES } from '../../ports/agent-request.ts';
import { usageSchema } from '../usage.ts';

/**
 * The lines that a program prints: `{"progress": …}` any number of times, then `{"output": …}` or `{"error": …}` once. Keys that
 * this version does not know are ignored, so that agents may already send what a later one reads.
 */

/** Content beside the output: in a file, or in the line itself. */
const artifactSchema = z.object({
  name: z.string().min(1).max(256),
  mediaType: z.string().max(256).optional(),
  /** Relative to the program's working directory. */
  path: z.string().min(1).optional(),
  text: z.string().optional(),
  base64: z.base64().optional(),
});

/** That what was done before is to be undone. */
const rollbackSchema = z.object({
  to: z.string().min(1).max(128).optional(),
  reason: z.string().min(1).max(4096),
});

const json = z.custom<Json>((value) => value !== undefined, 'is missing');

const progressLine = z.object({ progress: json });

const outputLine = z.object({
  output: json,
  /** Of a ballot, where the vote is not in the output. */
  vote: json.optional(),
  usage: usageSchema.optional(),
  artifacts: z.array(artifactSchema).max(1000).optional(),
  rollback: rollbackSchema.optional(),
});

const errorLine = z.object({
  error: z.preprocess(
    (error) => (typeof error === 'string' ? { message: error } : error),
    z.object({
      message: z.string(),
      class: z.enum(FAILURE_CLASSES).optional(),
      details: json.optional(),
      retryAfterMs: z.number().nonnegative().optional(),
    }),
  ),
  usage: usageSchema.optional(),
  rollback: rollbackSchema.optional(),
});

const approvalLine = z.object({
  approval: z.object({
    question: z.string().min(1).max(10_000),
    approvers: z.array(z.string().min(1).max(128)).min(1).max(100).optional(),
    subject: z.object({ files: z.array(z.string().min(1)).min(1).max(1000) }).optional(),
  }),
  usage: usageSchema.optional(),
});

export type ApprovalLine = z.infer<typeof approvalLine>;
/** Without an output: the agent says no more than that what was done before is to be undone. */
const rollbackLine = z.object({ rollback: rollbackSchema, usage: usageSchema.optional() });

export type OutputLine = z.infer<typeof outputLine>;
export type ErrorLine = z.infer<typeof errorLine>;
export type DeclaredArtifact = z.infer<typeof artifactSchema>;

export type EnvelopeLine =
  | { readonly kind: 'progress'; readonly progress: Json }
  | { readonly kind: 'output'; readonly line: OutputLine }
  | { readonly kind: 'error'; readonly line: ErrorLine }
  | { readonly kind: 'approval'; readonly line: ApprovalLine }
  | { readonly kind: 'unreadable'; readonly why: string };

export function parseEnvelopeLine(text: string): EnvelopeLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'unreadable', why: 'a line on stdout is not JSON' };
  }
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const [kind, second] = (['progress', 'output', 'error', 'approval'] as const).filter((key) =>
    keys.includes(key),
  );
  if (kind === undefined && keys.includes('rollback')) return read(rollbackLine, value, demandOf);
  if (kind === undefined || second !== undefined) {
    return {
      kind: 'unreadable',
      why: 'a line on stdout has not exactly one of "progress", "output", "error" and "approval"',
    };
  }
  switch (kind) {
    case 'progress':
      return read(progressLine, value, ({ progress }) => ({ kind, progress }));
    case 'output':
      return read(outputLine, value, (line) => ({ kind, line }));
    case 'approval':
      return read(approvalLine, value, (line) => ({ kind, line }));
    case 'error':
      return read(errorLine, value, (line) => ({ kind, line }));
  }
}

function demandOf({ rollback, usage }: z.infer<typeof rollbackLine>): EnvelopeLine {
  const error = { class: 'fatal' as const, message: `It asks for a rollback: ${rollback.reason}` };
  return { kind: 'error', line: { error, rollback, ...(usage === undefined ? {} : { usage }) } };
}

function read<T>(schema: z.ZodType<T>, value: unknown, accept: (line: T) => EnvelopeLine): EnvelopeLine {
  const result = schema.safeParse(value);
  if (result.success) return accept(result.data);
  const issue = result.error.issues[0];
  const place = issue?.path.join('.') ?? '';
  return {
    kind: 'unreadable',
    why: `in a line on stdout, "${place}" is not as expected: ${issue?.message ?? ''}`,
  };
}
