/** More names than that of one label count as `other`: each is a time series that a scraper keeps. */
const MOST_VALUES = 200;

/** Keeps the values of a label few, whatever tasks and agents are called. */
export class BoundedLabel {
  readonly #known = new Set<string>();

  of(value: string): string {
    if (this.#known.has(value)) return value;
    if (this.#known.size >= MOST_VALUES) return 'other';
    this.#known.add(value);
    return value;
  }
}
