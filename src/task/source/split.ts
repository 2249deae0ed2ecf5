import { type PlacedText, shift } from './place.ts';

/** The kind that a bullet begins with: one word, a colon, then a space or nothing. */
export function splitKind(bullet: PlacedText): { kind: PlacedText | undefined; rest: PlacedText } {
  const match = /^([A-Za-z][\w-]*):(?=\s|$)\s*/.exec(bullet.text);
  if (match === null) return { kind: undefined, rest: bullet };
  const [whole, kind = ''] = match;
  return {
    kind: { text: kind, place: bullet.place },
    rest: { text: bullet.text.slice(whole.length), place: shift(bullet.place, whole.length) },
  };
}

/** What stands before and after the first ` - `. */
export function splitDash(source: PlacedText): { head: PlacedText; tail: PlacedText | undefined } {
  const match = /\s-\s/.exec(source.text);
  if (match === null) return { head: trim(source), tail: undefined };
  const end = match.index + match[0].length;
  return {
    head: trim({ text: source.text.slice(0, match.index), place: source.place }),
    tail: trim({ text: source.text.slice(end), place: shift(source.place, end) }),
  };
}

/** Without the space around it. */
export function trim({ text, place }: PlacedText): PlacedText {
  return { text: text.trim(), place: shift(place, text.length - text.trimStart().length) };
}

/** Without backticks or asterisks around the whole text. */
export function unmark(source: PlacedText): PlacedText {
  const match = /^(`+|\*{1,2})([^`*]+)\1$/.exec(source.text);
  return match === null
    ? source
    : trim({ text: match[2] ?? '', place: shift(source.place, match[1]?.length ?? 0) });
}
