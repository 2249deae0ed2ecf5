import { parseDuration } from '../duration.ts';
import { type Located, type LocatedMap, nameKind, toPlain } from '../source/located.ts';
import type { Place, PlacedText } from '../source/place.ts';
import type { Report } from '../source/report.ts';
import { suggest } from '../suggest.ts';

/**
 * Takes settings out of a map one by one. A value that does not fit is reported and counts as absent; what nobody
 * asked for is reported by `finish`.
 */
export class Fields {
  readonly #map: LocatedMap;
  readonly #report: Report;
  readonly #asked = new Set<string>();

  constructor(map: LocatedMap, report: Report) {
    this.#map = map;
    this.#report = report;
  }

  get place(): Place {
    return this.#map.place;
  }

  take(key: string): Located | undefined {
    this.#asked.add(key);
    return this.#map.entries.find((entry) => entry.key.text === key)?.value;
  }

  placeOf(key: string): Place {
    return this.#map.entries.find((entry) => entry.key.text === key)?.key.place ?? this.#map.place;
  }

  text(key: string): PlacedText | undefined {
    const value = this.take(key);
    if (value === undefined) return undefined;
    if (value.kind === 'scalar' && value.value !== null && value.text.trim() !== '') {
      return { text: value.text.trim(), place: value.place };
    }
    return this.#refuse(value, `${key} is a text, not ${nameKind(value)}`);
  }

  /** In files a text with a unit; in code also milliseconds. */
  duration(key: string): number | undefined {
    const value = this.take(key);
    if (value === undefined) return undefined;
    const isCode = value.place.path !== undefined;
    if (value.kind === 'scalar' && typeof value.value === 'number' && isCode && value.value > 0)
      return value.value;
    try {
      const ms = value.kind === 'scalar' ? parseDuration(value.text) : 0;
      if (ms > 0) return ms;
    } catch {
      // Reported below, with the place.
    }
    const what = value.kind === 'scalar' ? `'${value.text}'` : nameKind(value);
    const hint = "write a whole number with a unit, such as '5 minutes', '30s', '1h30m' or '500ms'";
    this.#report.add(value.place, 'BAD_DURATION', `${key}: ${what} is no duration above zero`, hint);
    return undefined;
  }

  number(
    key: string,
    { least, most, whole }: { least: number; most?: number; whole?: boolean },
  ): number | undefined {
    const value = this.take(key);
    if (value === undefined) return undefined;
    const number = value.kind === 'scalar' && typeof value.value === 'number' ? value.value : Number.NaN;
    const fits = number >= least && number <= (most ?? Number.MAX_SAFE_INTEGER);
    if (fits && (whole !== true || Number.isInteger(number))) return number;
    const above = least === Number.MIN_VALUE ? 'above zero' : `of at least ${least}`;
    const range = most === undefined ? above : `from ${least} to ${most}`;
    return this.#refuse(
      value,
      `${key} is a ${whole === true ? 'whole ' : ''}number ${range}, not ${nameKind(value)}`,
    );
  }

  boolean(key: string): boolean | undefined {
    const value = this.take(key);
    if (value === undefined) return undefined;
    if (value.kind === 'scalar' && typeof value.value === 'boolean') return value.value;
    return this.#refuse(value, `${key} is true or false, not ${nameKind(value)}`);
  }

  /** Texts in a list; a single text counts as a list of one. */
  texts(key: string): PlacedText[] | undefined {
    const value = this.take(key);
    if (value === undefined) return undefined;
    const items = value.kind === 'list' ? value.items : [value];
    const texts: PlacedText[] = [];
    for (const item of items) {
      if (item.kind === 'scalar' && item.value !== null)
        texts.push({ text: item.text.trim(), place: item.place });
      else this.#refuse(item, `${key} is a list of names, not ${nameKind(item)}`);
    }
    return texts;
  }

  map(key: string): LocatedMap | undefined {
    const value = this.take(key);
    if (value === undefined || value.kind === 'map') return value;
    return this.#refuse(value, `${key} is a map of settings, not ${nameKind(value)}`);
  }

  /** A map as plain JSON. */
  object(key: string): Record<string, unknown> | undefined {
    const map = this.map(key);
    // A map becomes an object.
    return map === undefined ? undefined : (toPlain(map) as Record<string, unknown>);
  }

  /** Reports settings that this version reads but does not act on. */
  notApplied(keys: readonly string[]): void {
    for (const key of keys) {
      if (this.take(key) === undefined) continue;
      this.#report.add(
        this.placeOf(key),
        'NOT_APPLIED',
        `'${key}' is read, but this version does not apply it`,
      );
    }
  }

  /** The settings nobody asked for. */
  rest(): LocatedMap {
    return { ...this.#map, entries: this.#map.entries.filter(({ key }) => !this.#asked.has(key.text)) };
  }

  /**
   * Reports what nobody asked for; `of` names the thing that has these settings.
   *
   * @param others keys that are settings too but were taken elsewhere
   * @param meant the setting that other words stand for
   */
  finish(
    of: string,
    { others = [], meant }: { others?: readonly string[]; meant?: ReadonlyMap<string, string> } = {},
  ): void {
    const known = [...others, ...this.#asked];
    for (const { key } of this.rest().entries) {
      const word = meant?.get(key.text.toLowerCase());
      const hint = () =>
        word === undefined ? suggest(key.text, known, 'known are') : `did you mean '${word}'?`;
      this.#report.add(key.place, 'UNKNOWN_KEY', `'${key.text}' is no setting of ${of}`, hint);
    }
  }

  #refuse(value: Located, message: string): undefined {
    this.#report.add(value.place, 'BAD_VALUE', message);
  }
}
