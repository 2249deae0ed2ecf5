import type { Engine } from '../../engine/engine.ts';
import type { Fold } from '../../engine/fold.ts';
import { TroupeError } from '../../errors.ts';
import type { Embedded } from '../../library/embedded.ts';
import type { CliContext } from '../context.ts';
import type { StateOptions } from '../options.ts';
import type { RunView } from '../views/run-view.ts';
import { counted } from '../words.ts';
import { attend, isOver } from './attend.ts';
import { endAtOnce } from './end-at-once.ts';
import { howTo } from './how-to.ts';
import { listenForInterrupts } from './interrupts.ts';

export interface DriveOptions {
  readonly execution: string;
  readonly embedded: Embedded;
  readonly view: RunView;
  /** Starts or adopts the execution. Where another living process drives it, it is watched, and taken over should that one go. */
  readonly take: (engine: Engine) => Promise<unknown>;
  /** As the command was told, for the commands that it names. */
  readonly state: StateOptions;
}

/** How it stands when the command stops following. */
export interface Driven {
  readonly fold: Fold;
  /** This process drove it last. */
  readonly isOwned: boolean;
  /** It is not over: a person or the system asked the command to stop. */
  readonly isInterrupted: boolean;
}

/**
 * Stays with an execution in the foreground until it is over or the person at the terminal asks to stop.
 *
 * The first Ctrl-C takes no more work, lets the attempts at work end and closes the engine; a second one ends the process at
 * once, after the agents' process groups. The log says nothing of either: the execution stays unfinished, for anyone to go on.
 */
export async function drive(context: CliContext, options: DriveOptions): Promise<Driven> {
  const { execution, embedded, view } = options;
  const { engine, store } = embedded;
  using interrupts = listenForInterrupts(context, () => {
    view.end();
    void endAtOnce(context, embedded, [execution]);
  });
  // From before the start, so that nothing is missed; for an execution of another process the log tells.
  const stopTelling = engine.listen((event) => {
    if (event.id === execution) view.tell(event);
  });
  try {
    let isOwned = await isTaken(options.take(engine), view);
    const failed = Promise.withResolvers<never>();
    // It may fail before anybody waits for it.
    failed.promise.catch(() => undefined);
    // When it cannot be read any more, the engine lets go of it, and nothing would ever end it here.
    const watchEngine = (): void => void engine.ended(execution).catch(failed.reject);
    if (isOwned) watchEngine();
    const takeOver = async (): Promise<void> => {
      isOwned = await isTaken(engine.adopt(execution));
      if (!isOwned) return;
      watchEngine();
      view.say('The process that drove it is gone; going on with it here.');
    };
    const note = (status: string): void => {
      if (interrupts.count === 0)
        view.note(notesOf(status, isOwned, howTo(context, options.state)('resume', execution)));
    };
    await using attendance = await attend(context, {
      execution,
      store,
      sources: engine.sources,
      view,
      isDriven: () => isOwned,
      onStatus: note,
      onOrphaned: () => void takeOver().catch(failed.reject),
    });
    await Promise.race([attendance.over, interrupts.first, failed.promise]);
    if (isOver(attendance.fold)) {
      if (isOwned && attendance.fold.hasEnded) await engine.ended(execution);
    } else if (isOwned) {
      await stopAfterWork(attendance.fold, options);
    }
    const { fold } = attendance;
    return { fold, isOwned, isInterrupted: !isOver(fold) };
  } finally {
    stopTelling();
  }
}

/** False when another living process has it; with a view, it is told so. */
async function isTaken(taking: Promise<unknown>, view?: RunView): Promise<boolean> {
  try {
    await taking;
    return true;
  } catch (error) {
    if (!(error instanceof TroupeError) || error.code !== 'NOT_THE_OWNER') throw error;
    view?.say(`${error.message} Watching it.`);
    return false;
  }
}

function notesOf(status: string, isOwned: boolean, goOn: string): readonly string[] {
  const interrupt = isOwned
    ? `Ctrl-C stops after the work at hand; ${goOn} goes on.`
    : 'Ctrl-C only stops watching; the process that drives it goes on.';
  switch (status) {
    case 'running':
      return [interrupt];
    case 'pausing':
      return ['Pausing: what is at work may end first.', interrupt];
    case 'paused':
      return [`Paused: ${goOn}, typed in another terminal, goes on.`, interrupt];
    default:
      return [];
  }
}

/** Takes no more work, waits for what is at work, closes. */
async function stopAfterWork(fold: Fold, { embedded, view }: DriveOptions): Promise<void> {
  const atWork = fold.claims();
  const who = [...new Set(atWork.map(({ role }) => role))].join(', ');
  const what = `${counted(atWork.length, 'attempt')} at work may end first (${who})`;
  view.note([atWork.length === 0 ? 'Stopping.' : `Stopping: ${what}. Ctrl-C again ends at once.`]);
  await embedded.close({ drain: true });
}
