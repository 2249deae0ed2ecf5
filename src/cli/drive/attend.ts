import type { Fold } from '../../engine/fold.ts';
import { changesSince, type Standing, standingOf, stepEventOf } from '../../engine/lifecycle.ts';
import type { Sources } from '../../engine/load.ts';
import { type Sight, viewExecution } from '../../library/viewer.ts';
import type { Store } from '../../ports/store.ts';
import type { CliContext } from '../context.ts';
import type { RunView } from '../views/run-view.ts';
import type { ProgressRelay } from './progress-relay.ts';

export interface AttendOptions {
  readonly execution: string;
  readonly store: Store;
  readonly sources: Sources;
  readonly view: RunView;
  /** Opened at the first sight. */
  readonly progress?: ProgressRelay | undefined;
  /** Whether this process drives it, and so is told by its engine what happens; asked at each record, since that may change. */
  readonly isDriven: () => boolean;
  /** At the first sight, and whenever the execution's state has changed. */
  readonly onStatus?: ((status: string) => void) | undefined;
  /** Every second, while somebody else would have to drive it: nobody does. */
  readonly onOrphaned?: (() => void) | undefined;
}

/** Following one execution: how it stands and when it is over. Disposing of it stops following. */
export interface Attendance extends AsyncDisposable {
  /** As far as the log was read. */
  readonly fold: Fold;
  /** Resolves when it has ended and nothing of it runs any more, or is suspended. */
  readonly over: Promise<Fold>;
  /** Resolves when the state meets the condition; never, when it does not. */
  until(condition: (fold: Fold) => boolean): Promise<Fold>;
}

/** How often to look whether the process that drives an execution is still alive. */
const OWNER_CHECK_MS = 1000;

/** Shows an execution in the view from now on. Throws EXECUTION_UNKNOWN. */
export async function attend(context: CliContext, options: AttendOptions): Promise<Attendance> {
  const { execution, store, sources, view, progress, isDriven } = options;
  const waiting = new Set<{ condition: (fold: Fold) => boolean; resolve: (fold: Fold) => void }>();
  let fold: Fold | undefined;
  let standing: Standing | undefined;
  let cancelCheck: (() => void) | undefined;
  let isStopped = false;

  const see = (sight: Sight): void => {
    fold = sight.fold;
    view.see(fold);
    if (!isDriven()) tellOf(sight, standing, view);
    if (standing?.status !== fold.status) options.onStatus?.(fold.status);
    standing = standingOf(fold);
    for (const waiter of waiting) {
      if (!waiter.condition(fold)) continue;
      waiting.delete(waiter);
      waiter.resolve(fold);
    }
  };
  const until = (condition: (fold: Fold) => boolean): Promise<Fold> =>
    new Promise((resolve) => {
      if (fold !== undefined && condition(fold)) resolve(fold);
      else waiting.add({ condition, resolve });
    });
  const checkOwner = async (): Promise<void> => {
    if (!isDriven() && fold !== undefined && !isOver(fold)) {
      const owner = await store.ownership.ownerOf(execution).catch(() => store.ownership.self);
      if (owner === undefined && !isStopped) options.onOrphaned?.();
    }
    if (!isStopped) cancelCheck = context.clock.schedule(OWNER_CHECK_MS, () => void checkOwner());
  };

  const subscription = await viewExecution(execution, { sources, log: store.log }, see);
  progress?.open();
  await checkOwner();
  return {
    get fold() {
      if (fold === undefined) throw new Error('The first sight comes before following begins.');
      return fold;
    },
    over: until(isOver),
    until,
    [Symbol.asyncDispose]: async () => {
      isStopped = true;
      cancelCheck?.();
      await subscription.stop();
    },
  };
}

/** Has ended, and no agent is at work for it any more; or cannot go on by itself. */
export function isOver(fold: Fold): boolean {
  return fold.status === 'suspended' || (fold.hasEnded && fold.claims().length === 0);
}

/** The same events that the owner tells, from the log. */
function tellOf({ fold, record, applied }: Sight, before: Standing | undefined, view: RunView): void {
  if (record === undefined || before === undefined || applied?.accepted === false) return;
  const step = stepEventOf(fold, record);
  if (step !== undefined) view.tell(step);
  for (const event of changesSince(before, fold, record)) view.tell(event);
}
