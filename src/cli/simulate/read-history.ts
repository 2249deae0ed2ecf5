import { readStory, type Story } from '../../history/story.ts';
import type { DurationHistory } from '../../simulation/campaign/durations.ts';
import { pastDurations } from '../../simulation/campaign/past-durations.ts';
import type { CliContext } from '../context.ts';
import { openState } from '../state/state.ts';

/** So many of the newest executions of a task say how long its steps take. */
const MOST_EXECUTIONS = 100;

export interface TaskHistory extends DurationHistory {
  /** How many executions it was read from. */
  readonly executions: number;
}

/** How long the steps of a task took in the executions of the data folder; undefined where it has none. */
export async function readTaskHistory(
  context: CliContext,
  task: string,
  options: { readonly data?: string | undefined },
): Promise<TaskHistory | undefined> {
  // Of the folder alone: a simulation asks no server.
  await using state = await openState(context, { ...options, nats: 'none' });
  if (state === undefined) return undefined;
  await using history = await state.openHistory();
  const entries = await history.list({ task, limit: MOST_EXECUTIONS });
  const stories: Story[] = [];
  for (const { id } of entries) {
    // One that cannot be read tells nothing, and is no reason not to simulate.
    const story = await readStory(id, state.of(id).sources).catch(() => undefined);
    if (story !== undefined) stories.push(story);
  }
  return stories.length === 0 ? undefined : { ...pastDurations(stories), executions: stories.length };
}
