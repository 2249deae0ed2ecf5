import type { Assert, Character } from './regex-program.ts';

/** A parsed pattern. */
export type PatternNode =
  | Character
  | Assert
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'alternatives'; readonly options: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly node: PatternNode; readonly least: number; readonly most: number };

const MAX_REPEAT = 100;
const MAX_DEPTH = 50;

/** Reads a pattern by recursive descent. */
export class PatternParser {
  readonly #characters: readonly string[];
  readonly #ignoresCase: boolean;
  #at = 0;
  #depth = 0;

  constructor(pattern: string, ignoresCase: boolean) {
    this.#characters = [...pattern];
    this.#ignoresCase = ignoresCase;
  }

  parse(): PatternNode {
    const node = this.#alternatives();
    if (this.#peek() !== undefined) throw patternError(`unmatched '${this.#peek()}'`);
    return node;
  }

  #alternatives(): PatternNode {
    const options = [this.#sequence()];
    while (this.#take('|')) options.push(this.#sequence());
    return { kind: 'alternatives', options };
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      parts.push(this.#quantified(this.#atom()));
    }
    return { kind: 'sequence', parts };
  }

  #atom(): PatternNode {
    const character = this.#next();
    switch (character) {
      case '^':
        return { kind: 'assert', holds: (before) => before === undefined };
      case '$':
        return { kind: 'assert', holds: (_before, after) => after === undefined };
      case '.':
        return { kind: 'character', accepts: (next) => next !== '\n' };
      case '[':
        return this.#class();
      case '(':
        return this.#group();
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
        throw patternError(`nothing to repeat before '${character}'`);
      default:
        return this.#literal(character);
    }
  }

  #group(): PatternNode {
    if (this.#take('?') && !this.#take(':')) throw patternError("only '(…)' and '(?:…)' groups are known");
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw patternError('nested too deeply');
    const node = this.#alternatives();
    this.#depth -= 1;
    if (!this.#take(')')) throw patternError("a '(' is not closed");
    return node;
  }

  #quantified(node: PatternNode): PatternNode {
    let result = node;
    for (;;) {
      const bounds = this.#quantifier();
      if (bounds === undefined) return result;
      const [least, most] = bounds;
      result = { kind: 'repeat', node: result, least, most };
      this.#take('?');
    }
  }

  #quantifier(): [number, number] | undefined {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#take('?')) return [0, 1];
    const counted = /^\{(\d{1,4})(,?)(\d{0,4})\}/.exec(
      this.#characters.slice(this.#at, this.#at + 12).join(''),
    );
    if (counted === null) return undefined;
    const [whole, least = '', comma, most] = counted;
    this.#at += whole.length;
    const from = Number(least);
    const to = comma === '' ? from : most === '' ? Number.POSITIVE_INFINITY : Number(most);
    if (from > MAX_REPEAT || (Number.isFinite(to) && to > MAX_REPEAT) || to < from) {
      throw patternError(`'${whole}' must count up, to at most ${MAX_REPEAT}`);
    }
    return [from, to];
  }

  #escape(): PatternNode {
    const letter = this.#next();
    if (letter === 'b') return { kind: 'assert', holds: isWordBoundary };
    if (letter === 'B') return { kind: 'assert', holds: (before, after) => !isWordBoundary(before, after) };
    const test = CLASSES.get(letter);
    if (test !== undefined) return { kind: 'character', accepts: test };
    return this.#literal(escapedCharacter(letter));
  }

  #class(): PatternNode {
    const negated = this.#take('^');
    const tests: ((character: string) => boolean)[] = [];
    // A `]` that comes first is a member.
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      const member = this.#classMember();
      if (typeof member === 'function') {
        tests.push(member);
        continue;
      }
      const isRange = this.#peek() === '-' && this.#peek(1) !== ']' && this.#peek(1) !== undefined;
      if (!isRange) {
        tests.push(this.#sameAs(member));
        continue;
      }
      this.#next();
      const end = this.#classMember();
      if (typeof end === 'function' || codeOf(end) < codeOf(member))
        throw patternError('a range is reversed');
      tests.push(this.#between(codeOf(member), codeOf(end)));
    }
    this.#next();
    return { kind: 'character', accepts: (next) => tests.some((test) => test(next)) !== negated };
  }

  #classMember(): string | ((character: string) => boolean) {
    const character = this.#next();
    if (character !== '\\') return character;
    const letter = this.#next();
    return CLASSES.get(letter) ?? escapedCharacter(letter);
  }

  #literal(character: string): PatternNode {
    return { kind: 'character', accepts: this.#sameAs(character) };
  }

  #sameAs(character: string): (next: string) => boolean {
    if (!this.#ignoresCase) return (next) => next === character;
    const lower = character.toLowerCase();
    return (next) => next.toLowerCase() === lower;
  }

  #between(from: number, to: number): (next: string) => boolean {
    const holds = (text: string) => codeOf(text) >= from && codeOf(text) <= to;
    return this.#ignoresCase ? (next) => holds(next.toLowerCase()) || holds(next.toUpperCase()) : holds;
  }

  #peek(ahead = 0): string | undefined {
    return this.#characters[this.#at + ahead];
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }

  #next(): string {
    const character = this.#peek();
    if (character === undefined) throw patternError('it ends too early');
    this.#at += 1;
    return character;
  }
}

const isDigit = (character: string) => character >= '0' && character <= '9';
const isWord = (character: string) => /^\w$/.test(character);
const isSpace = (character: string) => /^\s$/.test(character);

const CLASSES: ReadonlyMap<string, (character: string) => boolean> = new Map([
  ['d', isDigit],
  ['D', (character) => !isDigit(character)],
  ['w', isWord],
  ['W', (character) => !isWord(character)],
  ['s', isSpace],
  ['S', (character) => !isSpace(character)],
]);

function isWordBoundary(before: string | undefined, after: string | undefined): boolean {
  return (before !== undefined && isWord(before)) !== (after !== undefined && isWord(after));
}

const CONTROL_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['f', '\f'],
  ['v', '\v'],
]);

function escapedCharacter(letter: string): string {
  const control = CONTROL_ESCAPES.get(letter);
  if (control !== undefined) return control;
  if (/^[A-Za-z0-9]$/.test(letter)) throw patternError(`'\\${letter}' is not known`);
  return letter;
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

export function patternError(reason: string): Error {
  return new Error(`the pattern is not valid: ${reason}`);
}
