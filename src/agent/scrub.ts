import type { Json } from '../json.ts';
import type { AgentVariable } from './definition.ts';
import { setOwn } from './plain-json.ts';
import { secretForms } from './secret-forms.ts';

/** Shorter values would match ordinary words and numbers everywhere. */
const MIN_SECRET_LENGTH = 4;

/**
 * Replaces the values of an agent's secret variables, in the forms in which programs usually print them, by `[secret NAME]`.
 * Everything that an agent says goes through here before it leaves the host.
 */
export class Scrubber {
  readonly #text: Matcher;
  /** Bytes are matched one character per byte, so that a chunk may end inside a character. */
  readonly #bytes: Matcher;

  private constructor(names: ReadonlyMap<string, string>) {
    this.#text = matcher(names);
    this.#bytes = matcher(
      new Map(Array.from(names, ([form, name]) => [Buffer.from(form).toString('latin1'), name])),
    );
  }

  /**
   * Undefined when there is nothing to hide, so that callers can skip the walk. Values shorter than 4 characters are not
   * hidden.
   */
  static of(
    variables: readonly AgentVariable[],
    environment: Readonly<Record<string, string | undefined>>,
  ): Scrubber | undefined {
    const names = new Map<string, string>();
    for (const { name, secret } of variables) {
      const value = environment[name];
      if (!secret || value === undefined || value.length < MIN_SECRET_LENGTH) continue;
      for (const form of secretForms(value)) if (!names.has(form)) names.set(form, name);
    }
    return names.size === 0 ? undefined : new Scrubber(names);
  }

  text(text: string): string {
    return text.replace(this.#text.pattern, (form) => this.#text.label(form));
  }

  /** Keys and strings; a number that spells a secret becomes a string. */
  json(value: Json): Json {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') {
      const scrubbed = this.text(String(value));
      return scrubbed === String(value) ? value : scrubbed;
    }
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item: Json) => this.json(item));
    const result: { [key: string]: Json } = {};
    for (const [key, item] of Object.entries(value)) {
      if (item !== undefined) setOwn(result, this.text(key), this.json(item));
    }
    return result;
  }

  bytes(bytes: Uint8Array): Uint8Array {
    const stream = this.stream();
    return Buffer.concat([stream.push(bytes), stream.end()]);
  }

  /** For bytes that come in pieces. */
  stream(): ScrubbedStream {
    return new ScrubbedStream(this.#bytes);
  }
}

/** Holds back what may be the start of a secret until more is known, so that a secret may span any number of pieces. */
export class ScrubbedStream {
  readonly #matcher: Matcher;
  #held = '';

  constructor(matcher: Matcher) {
    this.#matcher = matcher;
  }

  /** The bytes that are certain now. */
  push(chunk: Uint8Array): Uint8Array {
    this.#held += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    // Whatever starts before this is complete, however long it is.
    return this.#release(this.#held.length - this.#matcher.longest + 1);
  }

  /** The bytes held back, when no more will come. */
  end(): Uint8Array {
    return this.#release(this.#held.length);
  }

  #release(certainUntil: number): Uint8Array {
    if (certainUntil <= 0) return new Uint8Array();
    let released = '';
    let position = 0;
    for (const { 0: form, index } of this.#held.matchAll(this.#matcher.pattern)) {
      if (index >= certainUntil) break;
      released += this.#held.slice(position, index) + this.#matcher.label(form);
      position = index + form.length;
    }
    const cut = Math.max(position, certainUntil);
    released += this.#held.slice(position, cut);
    this.#held = this.#held.slice(cut);
    return Buffer.from(released, 'latin1');
  }
}

interface Matcher {
  readonly pattern: RegExp;
  /** Length of the longest form. */
  readonly longest: number;
  label(form: string): string;
}

function matcher(names: ReadonlyMap<string, string>): Matcher {
  // The longest first: of two forms that start together, the longer hides more.
  const forms = [...names.keys()].sort((a, b) => b.length - a.length);
  return {
    pattern: new RegExp(forms.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g'),
    longest: forms[0]?.length ?? 0,
    label: (form) => `[secret ${names.get(form) ?? ''}]`,
  };
}
