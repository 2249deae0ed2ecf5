import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { StepError } from '../../ports/agent-request.ts';
import { badArtifact } from '../failures.ts';
import type { Attachment } from '../runner.ts';
import type { DeclaredArtifact } from './envelope.ts';

/** Reads the content of the artifacts that a program declared; a failure when one cannot be read. */
export async function readArtifacts(
  declared: readonly DeclaredArtifact[],
  { cwd, limitBytes }: { cwd: string; limitBytes: number },
): Promise<Attachment[] | StepError> {
  const attachments: Attachment[] = [];
  for (const artifact of declared) {
    const { name, mediaType } = artifact;
    try {
      attachments.push({ name, mediaType, content: await readContent(artifact, cwd, limitBytes) });
    } catch (error) {
      return badArtifact(name, error instanceof Error ? error.message : String(error));
    }
  }
  return attachments;
}

async function readContent(
  { path, text, base64 }: DeclaredArtifact,
  cwd: string,
  limitBytes: number,
): Promise<string | Uint8Array> {
  if ([path, text, base64].filter((content) => content !== undefined).length !== 1) {
    throw new Error('it needs exactly one of "path", "text" and "base64"');
  }
  if (path === undefined) return text ?? Buffer.from(base64 ?? '', 'base64');
  const file = resolve(cwd, path);
  const about = await stat(file);
  if (!about.isFile()) throw new Error(`${path} is not a file`);
  if (about.size > limitBytes)
    throw new Error(`${path} has ${about.size} bytes, more than the ${limitBytes} that are read`);
  return readFile(file);
}
