import type { LifecycleEvent, LifecycleEvents } from '../engine/lifecycle.ts';
import type { EngineLogger } from '../engine/surroundings.ts';

/** Names of the events of a `TaskExecutor`; {@link LifecycleEvents} has their fields. */
export type ExecutorEventName = keyof LifecycleEvents;

/** What a listener of the event gets: its fields, and its name as `type`. */
export type ExecutorEvent<Name extends ExecutorEventName = ExecutorEventName> = Extract<
  LifecycleEvent,
  { readonly type: Name }
>;

/** What it returns is not looked at; a promise that rejects is logged. */
export type ExecutorListener<Name extends ExecutorEventName> = (event: ExecutorEvent<Name>) => unknown;

/** Who listens to what. A listener that throws, or whose promise rejects, is logged and harms nobody else. */
export class EventListeners {
  readonly #logger: Pick<EngineLogger, 'error'>;
  readonly #entries = new Map<ExecutorEventName, readonly Entry[]>();

  constructor(logger: Pick<EngineLogger, 'error'>) {
    this.#logger = logger;
  }

  /** Listeners are called in the order in which they were added; one added twice is called twice. */
  add<Name extends ExecutorEventName>(
    name: Name,
    listener: ExecutorListener<Name>,
    { once = false }: { readonly once?: boolean } = {},
  ): void {
    // Kept under its event's name, so it is only ever given that event.
    const entry = { listener: listener as Listener, once };
    this.#entries.set(name, [...(this.#entries.get(name) ?? []), entry]);
  }

  /** Removes the listener's last entry, if there is one. */
  remove<Name extends ExecutorEventName>(name: Name, listener: ExecutorListener<Name>): void {
    const entries = this.#entries.get(name) ?? [];
    const at = entries.findLastIndex((entry) => entry.listener === listener);
    if (at >= 0) this.#entries.set(name, entries.toSpliced(at, 1));
  }

  emit(event: LifecycleEvent): void {
    for (const entry of this.#entries.get(event.type) ?? []) {
      if (entry.once) this.#drop(event.type, entry);
      void this.#call(entry.listener, event);
    }
  }

  async #call(listener: Listener, event: LifecycleEvent): Promise<void> {
    try {
      await listener(event);
    } catch (error) {
      this.#logger.error({ err: error, event: event.type, id: event.id }, 'a listener failed');
    }
  }

  #drop(name: ExecutorEventName, entry: Entry): void {
    const entries = this.#entries.get(name) ?? [];
    this.#entries.set(
      name,
      entries.filter((other) => other !== entry),
    );
  }
}

type Listener = (event: LifecycleEvent) => unknown;

interface Entry {
  readonly listener: Listener;
  readonly once: boolean;
}
