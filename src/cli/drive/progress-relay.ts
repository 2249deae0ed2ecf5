import type { LiveFeed, LiveProgress } from '../../ports/live-feed.ts';
import type { RunView } from '../views/run-view.ts';

/** What agents of other processes say of their work, on its way to a view. */
export interface ProgressRelay extends Disposable {
  /** Shows what was heard until now, and from now on everything at once. */
  open(): void;
}

/**
 * Listens at once and shows nothing before it is opened: who listens before asking for something misses nothing that comes of it,
 * since nobody says it twice.
 */
export function relayProgress(live: LiveFeed | undefined, execution: string, view: RunView): ProgressRelay {
  let held: LiveProgress[] | undefined = [];
  const show = (said: LiveProgress): void => view.tell({ type: 'step:progress', id: execution, ...said });
  const stop = live?.listen(execution, (said) => {
    if (held === undefined) show(said);
    else held.push(said);
  });
  return {
    open: () => {
      const heard = held ?? [];
      held = undefined;
      for (const said of heard) show(said);
    },
    [Symbol.dispose]: () => stop?.(),
  };
}
