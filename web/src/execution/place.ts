import { createContext, useContext, useSyncExternalStore } from 'react';
import { fromQuery, type Place, toQuery } from './place-query.ts';

export type { Place, Tab } from './place-query.ts';

/** Browsers refuse to change the address more often than some 3 times a second. */
const WRITE_EVERY_MS = 350;

/** The place in the address; `#?…` in a file opened from disk, whose address may change in no other way. */
export class AddressPlace {
  readonly #isFile: boolean;
  readonly #listeners = new Set<() => void>();
  #query: string;
  #place: Place;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writtenAt = 0;
  #isNewEntry = false;

  constructor(isFile: boolean) {
    this.#isFile = isFile;
    this.#query = this.#read();
    this.#place = fromQuery(this.#query);
  }

  readonly current = (): Place => this.#place;

  /** Starts to listen to the address with the first subscriber. */
  readonly subscribe = (listener: () => void): (() => void) => {
    if (this.#listeners.size === 0) for (const name of ADDRESS_EVENTS) addEventListener(name, this.#reread);
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      for (const name of ADDRESS_EVENTS) removeEventListener(name, this.#reread);
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  };

  /** Another view is a new entry of the browser's history; a selection, a filter and a position are not. */
  readonly go = (change: Partial<Place>): void => {
    const next = { ...this.#place, ...change };
    if (toQuery(next) === toQuery(this.#place)) return;
    this.#isNewEntry ||= next.tab !== this.#place.tab;
    this.#place = next;
    if (this.#isNewEntry || performance.now() - this.#writtenAt > WRITE_EVERY_MS) this.#write();
    else this.#timer ??= setTimeout(this.#write, WRITE_EVERY_MS);
    for (const tell of this.#listeners) tell();
  };

  readonly #write = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writtenAt = performance.now();
    this.#query = toQuery(this.#place);
    const query = this.#query === '' ? '' : `?${this.#query}`;
    const address = this.#isFile ? `#${query}` : `${location.pathname}${query}`;
    if (this.#isNewEntry) history.pushState(null, '', address);
    else history.replaceState(history.state, '', address);
    this.#isNewEntry = false;
  };

  readonly #reread = (): void => {
    if (this.#timer !== undefined) return;
    const query = this.#read();
    if (query === this.#query) return;
    this.#query = query;
    this.#place = fromQuery(query);
    for (const tell of this.#listeners) tell();
  };

  #read(): string {
    return this.#isFile ? location.hash.replace(/^#\??/, '') : location.search.replace(/^\?/, '');
  }
}

/** The last two are told by wouter, which wraps the browser's own functions. */
const ADDRESS_EVENTS = ['popstate', 'hashchange', 'pushState', 'replaceState'] as const;

const PlaceContext = createContext<AddressPlace | undefined>(undefined);
export const PlaceProvider = PlaceContext.Provider;

export function usePlace(): { readonly place: Place; readonly go: (change: Partial<Place>) => void } {
  const address = useContext(PlaceContext);
  if (address === undefined) throw new Error('There is no PlaceProvider above.');
  return { place: useSyncExternalStore(address.subscribe, address.current), go: address.go };
}
