import type { RecordType } from '../../machines/records.ts';
import type { Json } from '../json.ts';
import type { NewRecord } from '../ports/event-log.ts';
import type { EngineSurroundings } from './surroundings.ts';

/** Writes the engine's own records. A failure is the log's to tell: what a lost record would have said is still owed. */
export class Appender {
  readonly #surroundings: EngineSurroundings;
  #isStopped = false;

  constructor(surroundings: EngineSurroundings) {
    this.#surroundings = surroundings;
  }

  /** Appends in the engine's name, now if a commit is open. */
  append(execution: string, type: RecordType, data: Json): void {
    if (this.#isStopped) return;
    const { store, logger } = this.#surroundings;
    store.log.append(this.create(execution, 'engine', type, data)).catch((error: unknown) => {
      logger?.error({ err: error, execution, type }, 'a record could not be written');
    });
  }

  create(execution: string, source: NewRecord['source'], type: RecordType, data: Json): NewRecord {
    return { id: this.#surroundings.random.id(), execution, source, type, data };
  }

  stop(): void {
    this.#isStopped = true;
  }
}
