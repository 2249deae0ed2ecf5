import type { Nodes } from 'mdast';
import type { Place, PlacedText } from '../source/place.ts';
import { trim } from '../source/split.ts';

/** Where a block begins. */
export function placeOf(node: Nodes): Place {
  // The parser sets positions on all nodes; the type allows nodes made by hand.
  return { line: node.position?.start.line ?? 1, column: node.position?.start.column ?? 1 };
}

/** A block's text as it stands in the source, with spaces for comments. */
export function sourceOf(node: Nodes, content: string): string {
  return blankComments(content.slice(node.position?.start.offset, node.position?.end.offset));
}

/** The same text with spaces in the place of `<!-- … -->`; places stay what they are. */
function blankComments(text: string): string {
  let blanked = '';
  let done = 0;
  for (;;) {
    const start = text.indexOf('<!--', done);
    const end = start < 0 ? -1 : text.indexOf('-->', start + 4);
    // A comment without end is text.
    if (end < 0) return blanked + text.slice(done);
    blanked += text.slice(done, start) + text.slice(start, end + 3).replaceAll(/[^\n]/g, ' ');
    done = end + 3;
  }
}

/** The text of a block without its markers: of a heading, what stands between the signs. */
export function textOf(node: Nodes, content: string): PlacedText {
  const [first, last] = 'children' in node ? [node.children[0], node.children.at(-1)] : [];
  if (first === undefined || last === undefined) return { text: '', place: placeOf(node) };
  const text = content.slice(first.position?.start.offset, last.position?.end.offset);
  return trim({ text: blankComments(text), place: placeOf(first) });
}

/** Continuation lines without the indent that their list item asks for. */
export function dedent(text: string, columns: number): string {
  const [first = '', ...rest] = text.split('\n');
  return [
    first,
    ...rest.map((line) => line.slice(Math.min(columns, line.length - line.trimStart().length))),
  ].join('\n');
}
