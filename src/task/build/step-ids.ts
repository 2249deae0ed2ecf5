import { slugOf } from '../slug.ts';
import { REFUSED_KEYS } from '../source/located.ts';
import type { PlacedText } from '../source/place.ts';
import type { Report } from '../source/report.ts';

/**
 * Gives steps their ids: what the author says, else a slug of the text; where two would be equal the later one in
 * the file gets `-2`. No id ends in `_` and digits: those are the runs of `forEach`.
 */
export class StepIds {
  readonly #used = new Set<string>();
  readonly #reserved = new Set<string>();
  /** By what an id begins with: the number that was given last, so that many equal ones are not all tried again. */
  readonly #lastNumbers = new Map<string, number>();
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  /** Keeps an id that stands in the file from being taken by a slug; call for all before the first claim. */
  reserve(id: PlacedText): void {
    if (!/^[A-Za-z0-9_-]{1,56}$/.test(id.text) || /_\d+$/.test(id.text) || REFUSED_KEYS.has(id.text)) {
      const hint = 'use letters, digits, _ and -, at most 56, and no _ with a number at the end';
      this.#report.add(id.place, 'BAD_NAME', `'${id.text.slice(0, 80)}' cannot be the id of a step`, hint);
    } else if (this.#reserved.has(id.text)) {
      this.#report.add(id.place, 'DUPLICATE_STEP', `two steps have the id '${id.text}'`);
    }
    this.#reserved.add(id.text);
  }

  /** How many were given. */
  get count(): number {
    return this.#used.size;
  }

  /** @param id what the author said; it was reserved before */
  claim(text: string, id?: string): string {
    if (id !== undefined && !this.#used.has(id)) return this.#take(id);
    const base = id ?? slugOf(text, 'step');
    for (let number = (this.#lastNumbers.get(base) ?? 0) + 1; ; number++) {
      const candidate = number === 1 ? base : `${base}-${number}`;
      if (this.#used.has(candidate) || this.#reserved.has(candidate)) continue;
      this.#lastNumbers.set(base, number);
      return this.#take(candidate);
    }
  }

  #take(id: string): string {
    this.#used.add(id);
    return id;
  }
}
