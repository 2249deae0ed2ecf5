import { readStory } from '../../history/story.ts';
import type { ExecutionState } from '../state/state.ts';
import { documentOf, withLargeValues } from './report-document.ts';
import { reportMarkdown } from './report-markdown.ts';

/** The whole report of an execution as Markdown; undefined when there is no such execution. @param now ms since 1970 */
export async function executionMarkdown(
  execution: string,
  { store, sources }: Pick<ExecutionState, 'store' | 'sources'>,
  now: number,
): Promise<string | undefined> {
  const story = await readStory(execution, sources);
  if (story === undefined) return undefined;
  const isDriven = story.fold.hasEnded || (await store.ownership.ownerOf(execution)) !== undefined;
  const document = documentOf(story, { isDriven, now });
  const report = await withLargeValues(document.report, store.artifacts);
  return reportMarkdown({ ...document, report });
}
