import { createHash } from 'node:crypto';
import type { SeenFile, SubjectSeen } from '../../machines/approval-standing.ts';
import { lookedSchema } from '../../machines/records.ts';
import type { Fold } from '../engine/fold.ts';
import { resolved } from '../engine/values.ts';
import { nothingToApprove } from '../errors.ts';
import type { Json } from '../json.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import type { LogRecord } from '../ports/event-log.ts';
import type { ServerAccess } from './access.ts';

/** What a person is asked to approve, beside what it was before. */
export interface SubjectDiff {
  readonly files: readonly FileDiff[];
  /** For a value: as it was when it was last approved or asked about here, null where it never was; and as it is. */
  readonly value: { readonly before: Json; readonly after: Json } | null;
  /** Digest of what is asked about. */
  readonly of: string;
}

export interface FileDiff {
  readonly path: string;
  /** Null: there was none, or what it was is not kept anywhere. */
  readonly before: string | null;
  /** Null: there is none any more, or it is no text. */
  readonly after: string | null;
  readonly beforeDigest: string | null;
  /** Of the file as it is now. Another than the one asked about: it has changed since, and a grant would not count. */
  readonly afterDigest: string | null;
  readonly isBinary: boolean;
}

/** A larger file is told by its digests alone. */
const MOST_BYTES = 1024 * 1024;

/**
 * Compares what an approval is about with what it was before: for files, what was approved or measured earlier in this execution if its
 * content is kept, else as it was committed when the execution was at its last checkpoint, or began; for values, as seen earlier.
 *
 * Throws NOTHING_TO_APPROVE.
 */
export async function subjectDiff(access: ServerAccess, fold: Fold, step: string): Promise<SubjectDiff> {
  const { world, context } = fold;
  const standing = world.ledger.approvals.get(step);
  const subject = standing?.subject;
  if (standing === undefined)
    throw nothingToApprove(world.execution, step, [...world.ledger.approvals.keys()]);
  if (subject === undefined) return { files: [], value: null, of: '' };
  const { log, sources } = access.of(world.execution);
  const earlier = subjectsBefore(await log.read(world.execution), step, subject.digest);
  const since = context.checkpoints.at(-1)?.at ?? context.startedAt;
  const files = (subject.files ?? []).map((file) =>
    fileDiff(access, file, { earlier, since, artifacts: sources.artifacts }),
  );
  return {
    files: await Promise.all(files),
    value: await valueDiff(subject, earlier, sources.artifacts),
    of: subject.digest,
  };
}

/** What was asked about before: by this approval when it looked, then by others. Newest first. */
function subjectsBefore(records: readonly LogRecord[], step: string, digest: string): readonly SubjectSeen[] {
  const seen: { readonly isOwn: boolean; readonly subject: SubjectSeen }[] = [];
  for (const { type, data } of records) {
    if (type !== 'evaluation.completed') continue;
    const { evaluationId, output } = data as { readonly evaluationId: string; readonly output: unknown };
    const subject = lookedSchema.safeParse(output).data?.subject as SubjectSeen | undefined;
    if (subject === undefined || subject.digest === digest) continue;
    seen.push({ isOwn: evaluationId.startsWith(`step/${step}/`), subject });
  }
  const newest = seen.toReversed();
  return [...newest.filter(({ isOwn }) => isOwn), ...newest.filter(({ isOwn }) => !isOwn)].map(
    ({ subject }) => subject,
  );
}

async function valueDiff(
  { files, value = null }: SubjectSeen,
  earlier: readonly SubjectSeen[],
  artifacts: ArtifactStore,
): Promise<SubjectDiff['value']> {
  if (files !== undefined) return null;
  const whole = (each: Json): Promise<Json> => resolved(each, artifacts).catch(() => each);
  const before = earlier.find((subject) => subject.files === undefined)?.value ?? null;
  return { before: await whole(before), after: await whole(value) };
}

async function fileDiff(
  access: ServerAccess,
  { path }: SeenFile,
  { earlier, since, artifacts }: { earlier: readonly SubjectSeen[]; since: number; artifacts: ArtifactStore },
): Promise<FileDiff> {
  const [now, before] = await Promise.all([
    readNow(access, path),
    readBefore(access, path, { earlier, since, artifacts }),
  ]);
  const texts = [before.bytes, now].map((bytes) => (bytes === undefined ? null : textOf(bytes)));
  const isBinary = texts.includes(undefined);
  const [was = null, is = null] = isBinary ? [] : texts;
  return {
    path,
    before: was,
    after: is,
    beforeDigest: before.digest ?? (before.bytes === undefined ? null : digestOf(before.bytes)),
    afterDigest: now === undefined ? null : digestOf(now),
    isBinary,
  };
}

async function readNow({ files }: ServerAccess, path: string): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of files.read(path)) pieces.push(piece);
    return Buffer.concat(pieces);
  } catch {
    return undefined;
  }
}

async function readBefore(
  access: ServerAccess,
  path: string,
  { earlier, since, artifacts }: { earlier: readonly SubjectSeen[]; since: number; artifacts: ArtifactStore },
): Promise<{ readonly bytes?: Uint8Array | undefined; readonly digest?: string | undefined }> {
  const digest = earlier.flatMap(({ files = [] }) => files).find((file) => file.path === path)?.digest;
  if (digest !== undefined) {
    // An agent may have handed in the file as an artifact.
    const kept = await artifacts.get(digest).catch(() => undefined);
    return { bytes: kept, digest };
  }
  return { bytes: await access.fileAt(path, since) };
}

/** Null for a text that is too long to be shown; undefined for what is no text. */
function textOf(bytes: Uint8Array): string | null | undefined {
  if (bytes.includes(0)) return undefined;
  if (bytes.length > MOST_BYTES) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
