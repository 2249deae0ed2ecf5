import type { Engine } from '../engine/engine.ts';
import type { StartRequest } from '../engine/engine-options.ts';
import type { Fold } from '../engine/fold.ts';
import {
  approvalEvents,
  changesSince,
  type LifecycleEvent,
  type Standing,
  standingOf,
  stepEventOf,
} from '../engine/lifecycle.ts';
import { executionUnknown, executorClosed, TroupeError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../ports/store.ts';
import { activeTraceparent } from '../telemetry/load.ts';
import type { ActiveExecutions } from './active-executions.ts';
import { type Control, refusalOf, sendControl, sendOwnControl } from './controls.ts';
import { type Sight, viewExecution } from './viewer.ts';

export interface ExecutionsOptions {
  readonly engine: Engine;
  readonly store: Store;
  readonly active: ActiveExecutions;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborted when nothing is to be waited for any more. */
  readonly closed: AbortSignal;
  /** Hears what happens in executions that another process drives and that are attended here. */
  readonly tell: (event: LifecycleEvent) => void;
}

/** How often to look whether the process that drives an execution is still alive, in ms. */
const OWNER_CHECK_MS = 1000;

/**
 * Executions as a program deals with them: by id, whoever drives them. What this process may drive it drives; what another
 * living one does is followed in the log, and taken over should that one go.
 */
export class Executions {
  readonly #options: ExecutionsOptions;
  /** Who waits for an execution that may become suspended, by id. */
  readonly #suspensions = new Map<string, Set<() => void>>();

  constructor(options: ExecutionsOptions) {
    this.#options = options;
    options.engine.listen(({ type, id }) => {
      if (type === 'execution:suspended') for (const tell of this.#suspensions.get(id) ?? []) tell();
    });
  }

  /** Starts an execution, or joins it when it was started before. Resolves when its start is durable. */
  async start(request: StartRequest): Promise<void> {
    try {
      const traceparent = request.traceparent ?? (await activeTraceparent());
      const { isNew } = await this.#options.engine.begin({ ...request, traceparent });
      if (!isNew) await this.#see(request.execution);
    } catch (error) {
      if (!isDrivenElsewhere(error)) throw error;
    }
  }

  /** Goes on with an execution that nobody alive drives; false when another living process does. */
  async drive(execution: string): Promise<boolean> {
    try {
      await this.#options.engine.adopt(execution);
      await this.#see(execution);
      return true;
    } catch (error) {
      if (isDrivenElsewhere(error)) return false;
      throw error;
    }
  }

  /** Sees to it that the execution is driven, and resolves with its state once it is over. */
  async over(execution: string): Promise<Fold> {
    for (;;) {
      const fold = (await this.drive(execution))
        ? await this.#ownOver(execution)
        : await this.#othersOver(execution);
      if (fold !== undefined) return fold;
    }
  }

  /** Throws EXECUTION_UNKNOWN. */
  async state(execution: string): Promise<Fold> {
    const fold = await this.#options.engine.state(execution);
    if (fold === undefined) throw executionUnknown(execution);
    return fold;
  }

  /** Appends a control; resolves when it was taken. Throws EXECUTION_UNKNOWN, NOT_POSSIBLE_NOW, SIGNAL_MISFIT. */
  async control(execution: string, control: Control): Promise<void> {
    const { engine, store, random, active, closed } = this.#options;
    const { sources } = engine;
    const sent = active.has(execution)
      ? sendOwnControl(execution, control, engine)
      : sendControl(execution, control, { sources, log: store.log, random }).then(({ applied }) => applied);
    const applied = await unlessClosed(sent, closed);
    if (applied?.accepted === false) {
      throw refusalOf(execution, control, applied.reason, (await this.state(execution)).status);
    }
  }

  /**
   * Resolves with what `look` gives for the first state, from now on, for which it gives something; rejects with what it throws.
   * Throws EXECUTION_UNKNOWN.
   */
  until<T>(execution: string, look: (fold: Fold) => T | undefined, stop?: AbortSignal): Promise<T> {
    return this.#watch(execution, ({ fold }) => look(fold), stop);
  }

  /** No event tells of an execution that was there before. */
  async #see(execution: string): Promise<void> {
    const { active } = this.#options;
    if (!active.has(execution)) active.see(await this.state(execution));
  }

  async #watch<T>(
    execution: string,
    look: (sight: Sight) => T | undefined,
    stop: AbortSignal = this.#options.closed,
  ): Promise<T> {
    const { engine, store, closed } = this.#options;
    const found = Promise.withResolvers<T>();
    // It may come before anybody waits for it below.
    found.promise.catch(() => undefined);
    const giveUp = (): void => found.reject(closed.aborted ? executorClosed() : stop.reason);
    if (closed.aborted || stop.aborted) giveUp();
    closed.addEventListener('abort', giveUp);
    stop.addEventListener('abort', giveUp);
    try {
      const see = (sight: Sight): void => {
        try {
          const value = look(sight);
          if (value !== undefined) found.resolve(value);
        } catch (error) {
          found.reject(error);
        }
      };
      await using _ = await viewExecution(execution, { sources: engine.sources, log: store.log }, see);
      return await found.promise;
    } finally {
      closed.removeEventListener('abort', giveUp);
      stop.removeEventListener('abort', giveUp);
    }
  }

  /** Of an execution that this process drives: ended and nothing of it runs any more, or suspended. */
  async #ownOver(execution: string): Promise<Fold> {
    const { engine } = this.#options;
    // One promise for both ways in which it may be over: thousands of executions may be waited for that only wait themselves.
    const { promise, resolve, reject } = Promise.withResolvers<Fold | undefined>();
    const suspend = (): void => resolve(undefined);
    const waiting = this.#suspensions.get(execution) ?? new Set();
    this.#suspensions.set(execution, waiting.add(suspend));
    try {
      if ((await this.#statusOf(execution)) === 'suspended') return await this.state(execution);
      // What has ended meanwhile is read from the log.
      engine.ended(execution).then(resolve, reject);
      return (await promise) ?? (await this.state(execution));
    } catch (error) {
      throw hasCode(error, 'EXECUTION_MOVED_ON') ? executorClosed() : error;
    } finally {
      waiting.delete(suspend);
      if (waiting.size === 0) this.#suspensions.delete(execution);
    }
  }

  /** Not the state itself: whoever waits for a parked execution would keep in memory what the engine let go of. */
  async #statusOf(execution: string): Promise<string> {
    return (this.#options.engine.present(execution) ?? (await this.state(execution))).status;
  }

  /** Of an execution that another process drives. Undefined when that one is gone and it is not over. */
  async #othersOver(execution: string): Promise<Fold | undefined> {
    const { clock, store, tell } = this.#options;
    const gone = new AbortController();
    let isWatched = true;
    let cancel: (() => void) | undefined;
    const check = async (): Promise<void> => {
      const owner = await store.ownership.ownerOf(execution).catch(() => store.ownership.self);
      if (owner === undefined) gone.abort();
      else if (isWatched) cancel = clock.schedule(OWNER_CHECK_MS, () => void check());
    };
    void check();
    try {
      const stories = storyteller(tell);
      return await this.#watch(
        execution,
        (sight) => {
          stories(sight);
          return isOver(sight.fold) ? sight.fold : undefined;
        },
        gone.signal,
      );
    } catch (error) {
      if (gone.signal.aborted && error === gone.signal.reason) return undefined;
      throw error;
    } finally {
      isWatched = false;
      cancel?.();
    }
  }
}

/** Has ended, and no agent is at work for it any more; or cannot go on by itself. */
export function isOver(fold: Fold): boolean {
  return fold.status === 'suspended' || (fold.hasEnded && fold.claims().length === 0);
}

/** An engine that stopped answers nothing any more. */
function unlessClosed<T>(work: Promise<T>, closed: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => reject(executorClosed());
  closed.addEventListener('abort', giveUp);
  return Promise.race([work, promise]).finally(() => closed.removeEventListener('abort', giveUp));
}

/** Tells of sights what the process that drives the execution tells its own listeners. */
function storyteller(tell: (event: LifecycleEvent) => void): (sight: Sight) => void {
  let before: Standing | undefined;
  return ({ fold, record, applied }) => {
    if (record !== undefined && before !== undefined && applied?.accepted !== false) {
      const step = stepEventOf(fold, record);
      if (step !== undefined) tell(step);
      for (const event of approvalEvents(fold, record)) tell(event);
      for (const event of changesSince(before, fold, record)) tell(event);
    }
    before = standingOf(fold);
  };
}

function isDrivenElsewhere(error: unknown): boolean {
  return hasCode(error, 'NOT_THE_OWNER');
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof TroupeError && error.code === code;
}
