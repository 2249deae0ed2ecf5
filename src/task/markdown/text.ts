import type { Nodes } from 'mdast';
import type { Place, PlacedText } from '../source/place.ts';
import { trim } from '../source/split.ts';

/** Where a block begins. */
export function placeOf(node: Nodes): Place {
  // The parser sets positions on all nodes; the type allows nodes made by hand.
  return { line: node.position?.start.line ?? 1, column: node.position?.start.column ?? 1 };
}

/** A block's text as it stands in the source. */
export function sourceOf(node: Nodes, content: string): string {
  return content.slice(node.position?.start.offset, node.position?.end.offset);
}

/** The text of a block without its markers: of a heading, what stands between the signs. */
export function textOf(node: Nodes, content: string): PlacedText {
  const [first, last] = 'children' in node ? [node.children[0], node.children.at(-1)] : [];
  if (first === undefined || last === undefined) return { text: '', place: placeOf(node) };
  return trim({
    text: content.slice(first.position?.start.offset, last.position?.end.offset),
    place: placeOf(first),
  });
}

/** Continuation lines without the indent that their list item asks for. */
export function dedent(text: string, columns: number): string {
  const [first = '', ...rest] = text.split('\n');
  return [
    first,
    ...rest.map((line) => line.slice(Math.min(columns, line.length - line.trimStart().length))),
  ].join('\n');
}
