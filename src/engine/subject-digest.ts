import { createHash } from 'node:crypto';
import type { SeenFile, SubjectSeen } from '../../machines/approval-standing.ts';
import type { Scope } from '../../machines/world.ts';
import type { Json } from '../json.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import type { WorkingFiles } from '../ports/working-files.ts';
import type { Subject } from '../task/definition.ts';
import { evaluate } from '../task/expression.ts';
import { EvaluationFailure } from './evaluation-failure.ts';
import { digestOf } from './pinned.ts';
import { inlineOrStored } from './values.ts';

export interface SubjectTools {
  readonly artifacts: ArtifactStore;
  readonly files: WorkingFiles | undefined;
}

/** A larger file would hold up the owner; its digest can be approved as a value. */
const MAX_FILE_BYTES = 4 * 1024 ** 3;

/**
 * What a decision is bound to: a value of the scope (sha256 of its RFC 8785 JSON), or files, each with its digest (sha256 of its
 * bytes) and a digest over their list. Throws {@link EvaluationFailure} when it cannot be read.
 */
export async function digestOfSubject(
  subject: Subject,
  scope: Scope,
  { artifacts, files }: SubjectTools,
): Promise<SubjectSeen> {
  if ('files' in subject) return digestOfFiles(subject.files, files);
  const value = valueIn(subject.expression, scope);
  return { digest: `sha256:${digestOf(value)}`, value: await inlineOrStored(value, artifacts) };
}

/** One after the other, in pieces: what is in memory does not grow with the files. */
export async function digestOfFiles(
  paths: readonly string[],
  files: WorkingFiles | undefined,
): Promise<SubjectSeen> {
  const seen: SeenFile[] = [];
  for (const path of paths) seen.push(await digestOfFile(path, files));
  return { digest: `sha256:${digestOf(seen)}`, files: seen };
}

export async function digestOfFile(path: string, files: WorkingFiles | undefined): Promise<SeenFile> {
  if (files === undefined) throw new EvaluationFailure('The owner of the execution has no files to look at');
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const piece of files.read(path)) {
      bytes += piece.length;
      if (bytes > MAX_FILE_BYTES) throw new Error(`${path} is larger than ${MAX_FILE_BYTES} bytes`);
      hash.update(piece);
    }
  } catch (error) {
    throw new EvaluationFailure(
      `The subject cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return { path, digest: `sha256:${hash.digest('hex')}`, bytes };
}

function valueIn(expression: string, scope: Scope): Json {
  try {
    return JSON.parse(JSON.stringify(evaluate(expression, scope) ?? null)) as Json;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EvaluationFailure(`subject ${expression}: ${reason}`);
  }
}
