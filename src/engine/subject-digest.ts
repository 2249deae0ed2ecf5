import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Scope } from '../../machines/world.ts';
import type { Subject } from '../task/definition.ts';
import { evaluate } from '../task/expression.ts';
import { EvaluationFailure } from './evaluation-failure.ts';
import { digestOf } from './pinned.ts';

/**
 * Digest of what is voted on or approved: of the expression's value in RFC 8785 JSON, or of the files' paths and digests. A file that
 * is not there has none, so that its coming is a change too. Throws {@link EvaluationFailure}.
 *
 * @param scope with large values in place of their references
 */
export async function digestOfSubject(subject: Subject, scope: Scope): Promise<string> {
  if ('expression' in subject) return `sha256:${digestOf(valueIn(subject.expression, scope))}`;
  const files = await Promise.all(
    [...new Set(subject.files)].sort().map(async (path) => [path, await digestOfFile(path)] as const),
  );
  return `sha256:${digestOf(Object.fromEntries(files))}`;
}

function valueIn(expression: string, scope: Scope): unknown {
  try {
    return evaluate(expression, scope);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EvaluationFailure(`subject ${expression}: ${reason}`);
  }
}

async function digestOfFile(path: string): Promise<string | null> {
  const digest = createHash('sha256');
  try {
    await pipeline(createReadStream(path), digest);
    return digest.digest('hex');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new EvaluationFailure(`subject: ${path} cannot be read: ${(error as Error).message}`);
  }
}
