import type { Engine } from '../engine/engine.ts';
import type { EngineLogger } from '../engine/surroundings.ts';
import type { Clock } from '../ports/clock.ts';
import { entryOf, type HistoryEntry } from './entry.ts';
import type { HistoryStore } from './store.ts';

export interface RecorderOptions {
  readonly engine: Pick<Engine, 'listen' | 'present'>;
  readonly store: Pick<HistoryStore, 'put'>;
  readonly clock: Clock;
  readonly logger?: Pick<EngineLogger, 'warn'> | undefined;
}

/**
 * Keeps the history of the executions that an engine drives, so that reading it finds little to repair.
 *
 * 1. Beside the engine, never in its way: an event costs a set insertion, an ending one entry; writing happens every
 *    {@link INTERVAL_MS} at most, in one transaction.
 * 2. What it does not write (the process dies, the store is busy, the execution is parked meanwhile) the log still has.
 */
export class HistoryRecorder implements AsyncDisposable {
  readonly #options: RecorderOptions;
  readonly #stopListening: () => void;
  readonly #changed = new Set<string>();
  readonly #ended = new Map<string, HistoryEntry>();
  #cancelTimer: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#stopListening = options.engine.listen(
      ({ id }) => {
        this.#note(id);
        this.#cancelTimer ??= options.clock.schedule(INTERVAL_MS, () => this.#write());
      },
      { steps: false },
    );
  }

  /** Writes what is outstanding and listens no more. May be called twice. */
  async stop(): Promise<void> {
    this.#stopListening();
    this.#write();
    await this.#writing;
  }

  /** Resolves when what was begun to be written is. */
  written(): Promise<void> {
    return this.#writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** One that has ended leaves the engine's memory with this turn. */
  #note(execution: string): void {
    const fold = this.#options.engine.present(execution);
    if (fold?.hasEnded === true) {
      this.#changed.delete(execution);
      this.#ended.set(execution, entryOf(fold));
    } else {
      this.#ended.delete(execution);
      this.#changed.add(execution);
    }
  }

  #write(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const entries = [...this.#ended.values()];
    for (const execution of this.#changed) {
      const fold = this.#options.engine.present(execution);
      if (fold !== undefined) entries.push(entryOf(fold));
    }
    this.#ended.clear();
    this.#changed.clear();
    if (entries.length === 0) return;
    this.#writing = this.#writing.then(async () => {
      try {
        await this.#options.store.put(entries);
      } catch (error) {
        this.#options.logger?.warn(
          { err: error },
          'the history was not written; it will be read from the log',
        );
      }
    });
  }
}

/** From an event to its place in the history, in ms, at most. */
export const INTERVAL_MS = 100;
