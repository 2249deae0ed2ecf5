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
