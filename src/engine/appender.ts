import type { RecordType } from '../../machines/records.ts';
import { TroupeError } from '../errors.ts';
import type { Json } from '../json.ts';
import type { NewRecord } from '../ports/event-log.ts';
import type { EngineSurroundings } from './surroundings.ts';

export interface AppenderOptions extends EngineSurroundings {
  /** A record could not be written: what it would have said is still owed, and is to be carried out again. */
  readonly onLost: (execution: string) => void;
}

/** Writes the engine's own records. */
export class Appender {
  readonly #options: AppenderOptions;
  #isStopped = false;

  constructor(options: AppenderOptions) {
    this.#options = options;
  }

  /**
   * Appends in the engine's name, now if a commit is open. @param onTooLarge what to do about a record that the log will never
   * take; without it, it is owed again like any other that was lost
   */
  append(execution: string, type: RecordType, data: Json, onTooLarge?: (error: TroupeError) => void): void {
    if (this.#isStopped) return;
    const { store, logger, onLost } = this.#options;
    store.log.append(this.create(execution, 'engine', type, data)).catch((error: unknown) => {
      if (this.#isStopped) return;
      logger?.error({ error: String(error), execution, type }, 'a record could not be written');
      if (onTooLarge !== undefined && error instanceof TroupeError && error.code === 'MESSAGE_TOO_LARGE') {
        onTooLarge(error);
        return;
      }
      onLost(execution);
    });
  }

  create(execution: string, source: NewRecord['source'], type: RecordType, data: Json): NewRecord {
    return { id: this.#options.random.id(), execution, source, type, data };
  }

  stop(): void {
    this.#isStopped = true;
  }
}
