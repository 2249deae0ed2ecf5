import { useCallback, useSyncExternalStore } from 'react';
import type { Strip } from '../../../../src/inspection/documents.ts';
import type { Reader } from '../../reader/client.ts';
import { useExecution } from '../execution-context.ts';
import { usePlace } from '../place.ts';

const ASK_EVERY_MS = 500;

/** The strip of an execution, asked for again when records came, but not more often than twice a second. */
class StripStore {
  strip: Strip | undefined;
  readonly #reader: Reader;
  readonly #listeners = new Set<() => void>();
  #count = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stop: (() => void) | undefined;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) {
      this.#stop = this.#reader.subscribe(this.#look);
      this.#look();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stop?.();
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  };

  readonly read = (): Strip | undefined => this.strip;

  readonly #look = (): void => {
    const count = this.#reader.moment?.count ?? 0;
    if (count === this.#count || this.#timer !== undefined) return;
    this.#count = count;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#look();
    }, ASK_EVERY_MS);
    this.#reader.ask({ ask: 'strip' }).then(
      (strip) => {
        this.strip = strip;
        for (const tell of this.#listeners) tell();
      },
      // The reader shows its own failure.
      () => {},
    );
  };
}

const stores = new WeakMap<Reader, StripStore>();

export function useStrip(): Strip | undefined {
  const { reader } = useExecution();
  let store = stores.get(reader);
  if (store === undefined) {
    store = new StripStore(reader);
    stores.set(reader, store);
  }
  return useSyncExternalStore(store.subscribe, store.read);
}

/** Goes to the last record at or before an instant; live at the end. */
export function useSeekTime(): (at: number) => void {
  const strip = useStrip();
  const { go } = usePlace();
  return useCallback(
    (at) => {
      if (strip === undefined) return;
      const index = Math.max(1, countUpTo(strip.times, at));
      go({ at: index >= strip.times.length ? null : index });
    },
    [strip, go],
  );
}

/** How many of an ascending column are at most `value`. */
function countUpTo(column: Float64Array, value: number): number {
  let low = 0;
  let high = column.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((column[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
