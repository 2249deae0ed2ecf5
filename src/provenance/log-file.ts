import { hash } from 'node:crypto';
import { z } from 'zod';
import { SealDigest, sealText } from '../engine/seal-digest.ts';
import type { Json } from '../json.ts';
import type { LogRecord } from '../ports/event-log.ts';

/**
 * The form of an exported log: JSON lines. The first says of what, with all that is needed to fold it again; then each record with the
 * digest of its text; the last how many there were and what state they fold to.
 */
const FORMAT = 1;

export interface ExportedState {
  readonly status: string;
  /** sha256 of the state in RFC 8785 JSON, hex. */
  readonly hash: string;
}

export interface ExportedLog {
  readonly execution: string;
  readonly records: readonly LogRecord[];
  /** What the execution is folded with: definition and agents. */
  readonly pinned: Json;
  /** Whole, also when the record of the start has only a reference. */
  readonly input: Json;
  /** What an execution that was run again kept; as the input. Absent in others. */
  readonly kept?: Json | undefined;
  /** Absent when it cannot be folded. */
  readonly state?: ExportedState | undefined;
}

/** The lines of the file, without line feeds. */
export function* exportLines({
  execution,
  records,
  pinned,
  input,
  kept,
  state,
}: ExportedLog): Generator<string> {
  const digest = new SealDigest();
  const header = { troupe: 'log', format: FORMAT, execution, records: records.length };
  yield JSON.stringify({ ...header, pinned, input, kept });
  for (const record of records) {
    digest.take(record);
    const { position, id, source, type, at, data } = record;
    yield JSON.stringify({ position, id, source, type, at, data, digest: recordDigest(record) });
  }
  yield JSON.stringify({ end: true, records: records.length, digest: digest.hex(), state });
}

/** sha256 of the record's text as seals take it, hex. */
export function recordDigest(record: LogRecord): string {
  return hash('sha256', sealText(record));
}

export const headerSchema = z.strictObject({
  troupe: z.literal('log'),
  format: z.literal(FORMAT),
  execution: z.string().min(1),
  records: z.int().min(0),
  pinned: z.unknown(),
  input: z.unknown(),
  kept: z.unknown().optional(),
});

/** Keys that nobody wrote are a damage as any other. */
export const recordLineSchema = z.strictObject({
  position: z.int().positive(),
  id: z.string(),
  source: z.string(),
  type: z.string(),
  at: z.number(),
  data: z.unknown(),
  digest: z.string(),
});

export const endSchema = z.strictObject({
  end: z.literal(true),
  records: z.int().min(0),
  digest: z.string(),
  state: z.strictObject({ status: z.string(), hash: z.string() }).optional(),
});
