import type { Attempt } from '../../history/story.ts';
import type { ArtifactStore } from '../../ports/artifact-store.ts';
import { harmless } from '../terminal/text-width.ts';
import { durationInWords } from '../words.ts';
import { line, type Page } from './report-page.ts';

/** What agents wrote to standard error, attempt by attempt, in the order of their claims. */
export async function logLines(
  attempts: readonly Attempt[],
  artifacts: Pick<ArtifactStore, 'get'>,
  page: Page,
): Promise<readonly string[]> {
  const written = attempts.filter(({ logs }) => logs !== undefined);
  if (written.length === 0) return ['No agent wrote anything to standard error.'];
  const parts = await Promise.all(written.map((attempt) => attemptLog(attempt, artifacts, page)));
  return parts.flatMap((part, at) => (at === 0 ? part : ['', ...part]));
}

async function attemptLog(
  { step, attempt, agent, outcome, claimedAt, endedAt, logs }: Attempt,
  artifacts: Pick<ArtifactStore, 'get'>,
  page: Page,
): Promise<readonly string[]> {
  const took = endedAt === null ? '' : ` after ${durationInWords(endedAt - claimedAt)}`;
  const head = line(
    page,
    [`${step}, attempt ${attempt}`, 'bold'],
    [`  ${agent}, ${outcome ?? 'at work'}${took}`, 'dim'],
  );
  return [head, ...(await textOf(logs?.$artifact ?? '', artifacts)).map((text) => `  ${text}`.trimEnd())];
}

async function textOf(digest: string, artifacts: Pick<ArtifactStore, 'get'>): Promise<readonly string[]> {
  try {
    const text = new TextDecoder().decode(await artifacts.get(digest));
    return harmless(text).trimEnd().split('\n');
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
