import { createContext, useContext, useSyncExternalStore } from 'react';

export const TABS = ['graph', 'timeline', 'statechart', 'log', 'provenance'] as const;
export type Tab = (typeof TABS)[number];

/** What of an execution is looked at: all of it stands in the address, so that a link shows the same again. */
export interface Place {
  readonly tab: Tab;
  /** Run of the selected step. */
  readonly step: string | null;
  /** Id of the selected actor, where it is not the step's. */
  readonly actor: string | null;
  /** Index of the selected record. */
  readonly record: number | null;
  /** Index of the record after which everything is shown; null: live. */
  readonly at: number | null;
  /** Filter of the log. */
  readonly types: readonly string[];
  readonly text: string;
  readonly refused: boolean;
  /** Only records of the selected step. */
  readonly own: boolean;
  /** What of the selected step is shown. */
  readonly panel: string | null;
}

const NOWHERE: Place = {
  tab: 'graph',
  step: null,
  actor: null,
  record: null,
  at: null,
  types: [],
  text: '',
  refused: false,
  own: false,
  panel: null,
};

/** Reads what {@link toQuery} wrote; what cannot be read is left out. */
export function fromQuery(query: string): Place {
  const params = new URLSearchParams(query);
  const tab = params.get('view');
  return {
    tab: TABS.find((name) => name === tab) ?? NOWHERE.tab,
    step: params.get('step'),
    actor: params.get('actor'),
    record: indexIn(params.get('record')),
    at: indexIn(params.get('at')),
    types:
      params
        .get('types')
        ?.split(',')
        .filter((type) => type !== '') ?? [],
    text: params.get('text') ?? '',
    refused: params.has('refused'),
    own: params.has('own'),
    panel: params.get('panel'),
  };
}

/** Without `?`; empty for the place where an execution opens. */
export function toQuery(place: Place): string {
  const params = new URLSearchParams();
  if (place.tab !== NOWHERE.tab) params.set('view', place.tab);
  if (place.step !== null) params.set('step', place.step);
  if (place.actor !== null) params.set('actor', place.actor);
  if (place.record !== null) params.set('record', String(place.record));
  if (place.at !== null) params.set('at', String(place.at));
  if (place.types.length > 0) params.set('types', place.types.join(','));
  if (place.text !== '') params.set('text', place.text);
  if (place.refused) params.set('refused', '');
  if (place.own) params.set('own', '');
  if (place.panel !== null) params.set('panel', place.panel);
  // Readable in the address, and read back the same.
  return params
    .toString()
    .replaceAll('%2F', '/')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replace(/=(?=&|$)/g, '');
}

function indexIn(text: string | null): number | null {
  if (text === null || !/^[1-9]\d{0,8}$/.test(text)) return null;
  return Number(text);
}

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
