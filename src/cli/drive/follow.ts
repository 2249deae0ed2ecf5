import type { CliContext } from '../context.ts';
import type { StateOptions } from '../options.ts';
import type { State } from '../state/state.ts';
import type { RunView } from '../views/run-view.ts';
import { attend, isOver } from './attend.ts';
import { conclude } from './conclude.ts';
import { howTo } from './how-to.ts';
import { listenForInterrupts } from './interrupts.ts';
import { watchNeeds } from './needs.ts';
import type { ProgressRelay } from './progress-relay.ts';

export interface FollowOptions extends StateOptions {
  readonly execution: string;
  readonly view: RunView;
  readonly json: boolean;
  /** Heard since before it was asked for anything. */
  readonly progress: ProgressRelay;
}

const WATCHING = 'Ctrl-C only stops watching.';

/**
 * Shows an execution that other processes drive until it is over or the person at the terminal asks to stop, then tells how it
 * stands. Says what it lacks to go on. Throws EXECUTION_UNKNOWN.
 */
export async function follow(context: CliContext, state: State, options: FollowOptions): Promise<void> {
  const { execution, view, json, progress } = options;
  const { kind, store, sources } = state.of(execution);
  const command = howTo(context, options);
  const note = (needs: readonly string[]): void => {
    view.note([...needs, WATCHING]);
    // Without a view there is nothing else that tells why nothing happens.
    if (json && !context.stderr.isTerminal) for (const need of needs) view.say(need);
  };
  using interrupts = listenForInterrupts(context);
  await using attendance = await attend(context, {
    execution,
    store,
    sources,
    progress,
    view,
    isDriven: () => false,
    onOrphaned:
      kind === 'nats'
        ? undefined
        : () =>
            view.note([
              `No living process drives it: ${command('resume', execution)} goes on with it.`,
              WATCHING,
            ]),
  });
  if (attendance.fold.status === 'running' || attendance.fold.status === 'rollingBack') view.note([WATCHING]);
  const { ownership } = store;
  const stopLooking =
    kind === 'nats'
      ? watchNeeds({
          execution,
          fold: () => attendance.fold,
          ownership,
          directory: state.directory,
          clock: context.clock,
          command,
          onChange: note,
        })
      : undefined;
  try {
    await Promise.race([attendance.over, interrupts.first]);
  } finally {
    stopLooking?.();
  }
  const { fold } = attendance;
  const driven = { fold, isOwned: false, isInterrupted: !isOver(fold) };
  await conclude(context, driven, { ...options, artifacts: store.artifacts });
}
