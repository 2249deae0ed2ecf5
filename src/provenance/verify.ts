import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { type RecordData, recordSchemas } from '../../machines/records.ts';
import { Fold } from '../engine/fold.ts';
import { FoldFailure } from '../engine/fold-failure.ts';
import { startIn } from '../engine/load.ts';
import { digestOf, indexPinned, type Pinned, pinnedBytes } from '../engine/pinned.ts';
import { taskRules } from '../engine/rules.ts';
import { SealDigest, sealDigestOf } from '../engine/seal-digest.ts';
import { isArtifactRef, type Json } from '../json.ts';
import type { LogRecord } from '../ports/event-log.ts';
import { type ExportedState, endSchema, headerSchema, recordDigest, recordLineSchema } from './log-file.ts';

/** What is wrong with an exported log, and where. */
export interface Finding {
  /** Line of the file, from 1; absent for what is about the whole. */
  readonly line?: number | undefined;
  /** Position of the record in its log. */
  readonly position?: number | undefined;
  readonly code:
    | 'NOT_A_LOG'
    | 'LINE_BROKEN'
    | 'RECORD_CHANGED'
    | 'DIGEST_CHANGED'
    | 'ORDER_BROKEN'
    | 'RECORDS_MISSING'
    | 'END_MISSING'
    | 'SEAL_BROKEN'
    | 'UNSEALED_END'
    | 'PINNED_CHANGED'
    | 'FOLDS_OTHERWISE';
  readonly message: string;
}

export interface Verification {
  readonly execution: string | undefined;
  readonly records: number;
  readonly seals: number;
  /** The last position that a sound seal covers; 0 for none. */
  readonly sealedUpTo: number;
  /** What the records fold to here. */
  readonly state?: ExportedState | undefined;
  readonly findings: readonly Finding[];
}

/**
 * Checks an exported log: every record against its own digest, all of them against the owner's seals and the file's last line, and the
 * state that they fold to against the one that was exported. A lost or changed record is named.
 */
export function verifyLogFile(text: string): Verification {
  const findings: Finding[] = [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const header = read(lines[0], headerSchema);
  if (header === undefined) {
    const message = 'The first line is not the head of an exported log.';
    return {
      execution: undefined,
      records: 0,
      seals: 0,
      sealedUpTo: 0,
      findings: [{ line: 1, code: 'NOT_A_LOG', message }],
    };
  }
  const { execution } = header;
  const end = lines.length > 1 ? read(lines.at(-1), endSchema) : undefined;
  if (end === undefined) {
    const message =
      'The last line, which says how many records there are, is missing or damaged: the file was cut or changed at its end.';
    findings.push({ line: lines.length, code: 'END_MISSING', message });
  }
  const body = lines.slice(1, end === undefined ? undefined : -1);
  const records = readRecords(body, execution, findings);
  checkCount(records, header.records, end, findings);
  const seals = checkSeals(records, findings);
  excuseSealed(findings, seals.upTo);
  const state = checkState(header, records, end, seals.upTo, findings);
  return { execution, records: records.length, seals: seals.count, sealedUpTo: seals.upTo, state, findings };
}

type Header = z.infer<typeof headerSchema>;
type End = z.infer<typeof endSchema>;

function read<T>(line: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (line === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    // As it was read: a schema that walks through what agents said leaves out what they call `__proto__`.
    return schema.safeParse(value).success ? (value as T) : undefined;
  } catch {
    return undefined; // not JSON
  }
}

function readRecords(body: readonly string[], execution: string, findings: Finding[]): LogRecord[] {
  const records: LogRecord[] = [];
  for (const [index, text] of body.entries()) {
    const line = index + 2;
    const before = records.at(-1)?.position;
    const parsed = read(text, recordLineSchema);
    if (parsed === undefined) {
      const where = before === undefined ? 'the first record' : `the record after position ${before}`;
      findings.push({
        line,
        code: 'LINE_BROKEN',
        message: `Line ${line}, ${where}, is damaged: it is not a record.`,
      });
      continue;
    }
    const { digest, ...rest } = parsed;
    const record = { ...rest, execution } as LogRecord;
    const { position } = record;
    if (before !== undefined && position <= before) {
      const message = `The record at position ${position} stands after the one at ${before}.`;
      findings.push({ line, position, code: 'ORDER_BROKEN', message });
    }
    if (recordDigest(record) !== digest) {
      const message = `The record at position ${position} (${record.type}) is not the one that was exported: its digest differs.`;
      findings.push({ line, position, code: 'RECORD_CHANGED', message });
    }
    records.push(record);
  }
  return records;
}

function checkCount(
  records: readonly LogRecord[],
  said: number,
  end: End | undefined,
  findings: Finding[],
): void {
  const broken = findings.filter(({ code }) => code === 'LINE_BROKEN').length;
  const found = records.length + broken;
  if (found !== said) {
    const message = `The file says ${said} records, and has ${found}: ${found < said ? 'some were cut out' : 'some were put in'}.`;
    findings.push({ code: 'RECORDS_MISSING', message });
  }
  if (end === undefined || findings.length > 0) return;
  if (end.records !== said || end.digest !== sealDigestOf(records)) {
    findings.push({ code: 'END_MISSING', message: 'The last line does not belong to these records.' });
  }
}

/** @returns how many seals hold, and up to where */
function checkSeals(records: readonly LogRecord[], findings: Finding[]): { count: number; upTo: number } {
  let count = 0;
  // What stands in front of the start is not part of the execution.
  let upTo = (records.find((record) => startIn(record) !== undefined)?.position ?? 1) - 1;
  for (const record of records) {
    const seal = sealIn(record);
    if (seal === undefined) continue;
    const covered = records.filter(({ position }) => position > seal.after && position <= seal.upTo);
    const digest = new SealDigest();
    for (const each of covered) digest.take(each);
    if (digest.records === seal.records && digest.hex() === seal.hash) {
      count += 1;
      if (seal.after <= upTo) upTo = Math.max(upTo, seal.upTo);
      continue;
    }
    const what =
      digest.records === seal.records
        ? 'a record among them was changed'
        : `it sealed ${seal.records} records and there are ${digest.records}`;
    const message = `The seal at position ${record.position} does not hold for positions ${seal.after + 1} to ${seal.upTo}: ${what}.`;
    findings.push({ position: record.position, code: 'SEAL_BROKEN', message });
  }
  return { count, upTo };
}

/** A record that a sound seal covers is as it was: then it is the digest written beside it that was changed. */
function excuseSealed(findings: Finding[], sealedUpTo: number): void {
  for (const [index, finding] of findings.entries()) {
    if (finding.code !== 'RECORD_CHANGED' || (finding.position ?? 0) > sealedUpTo) continue;
    const message = `The digest beside the record at position ${finding.position} was changed; the record is as it was sealed.`;
    findings[index] = { ...finding, code: 'DIGEST_CHANGED', message };
  }
}

function sealIn({ type, source, data }: LogRecord): RecordData<'sealed'> | undefined {
  if (type !== 'sealed' || source !== 'engine') return undefined;
  return recordSchemas.sealed.safeParse(data).data;
}

function checkState(
  { execution, pinned, input, kept }: Header,
  records: readonly LogRecord[],
  end: End | undefined,
  sealedUpTo: number,
  findings: Finding[],
): ExportedState | undefined {
  const from = records.findIndex((record) => startIn(record) !== undefined);
  const first = records[from];
  const started = first === undefined ? undefined : startIn(first);
  if (first === undefined || started === undefined) {
    findings.push({ code: 'RECORDS_MISSING', message: `The record that starts ${execution} is missing.` });
    return undefined;
  }
  if (digestOfPinned(pinned) !== started.pinned) {
    const message =
      'The definition and the agents in the first line are not those that the execution was started with.';
    findings.push({ line: 1, code: 'PINNED_CHANGED', message });
    return undefined;
  }
  if (digestOf(input) !== started.inputDigest) {
    const message = 'The input in the first line is not the one that the execution was started with.';
    findings.push({ line: 1, code: 'PINNED_CHANGED', message });
    return undefined;
  }
  if (!isKeptOf(started, kept)) {
    const message = 'What is kept, in the first line, is not what the execution was started with.';
    findings.push({ line: 1, code: 'PINNED_CHANGED', message });
    return undefined;
  }
  let fold: Fold;
  let changedAt = first.position;
  try {
    fold = Fold.begin(
      first,
      indexPinned(pinned as Pinned, started.pinned),
      input as Json,
      taskRules,
      kept as Json | undefined,
    );
    for (const record of records.slice(from + 1)) {
      if (fold.apply(record).accepted && record.type !== 'sealed') changedAt = record.position;
    }
  } catch (error) {
    if (!(error instanceof FoldFailure)) throw error;
    const { position } = error.record;
    // An execution that is suspended was exported without a state.
    if (end?.state !== undefined) {
      findings.push({
        position,
        code: 'FOLDS_OTHERWISE',
        message: `The record at position ${position} cannot be folded: ${error.reason}`,
      });
    }
    return undefined;
  }
  const state = { status: fold.status, hash: fold.hash() };
  if (end?.state !== undefined && (end.state.status !== state.status || end.state.hash !== state.hash)) {
    const message = `The records fold to ${state.status}, ${state.hash}; exported was ${end.state.status}, ${end.state.hash}.`;
    findings.push({ code: 'FOLDS_OTHERWISE', message });
  }
  if (fold.hasEnded && fold.world.foldVersion >= 2 && sealedUpTo < changedAt && fold.claims().length === 0) {
    const message = `The execution has ended, but no seal covers its end: position ${changedAt} is not sealed, so what came after it may have been cut off.`;
    findings.push({ position: changedAt, code: 'UNSEALED_END', message });
  }
  return state;
}

function isKeptOf({ rerunOf }: RecordData<'execution.started'>, kept: unknown): boolean {
  const said = rerunOf?.kept as Json | undefined;
  if (said === undefined || kept === undefined) return said === kept;
  if (!isArtifactRef(said)) return digestOf(said) === digestOf(kept);
  return said.$artifact === `sha256:${createHash('sha256').update(JSON.stringify(kept)).digest('hex')}`;
}

function digestOfPinned(pinned: unknown): string {
  return `sha256:${createHash('sha256')
    .update(pinnedBytes(pinned as Pinned))
    .digest('hex')}`;
}
