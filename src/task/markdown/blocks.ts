import type { Root } from 'mdast';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { SOURCE_LIMITS } from '../source/limits.ts';
import type { Report } from '../source/report.ts';

/**
 * The block structure of a Markdown text: headings, lists, fenced blocks, paragraphs. Texts are sliced from the
 * source, so nothing inside a line is parsed: emphasis would eat the `*` of an expression, brackets would become
 * links, and hostile input would find slow paths.
 */
export function parseBlocks(content: string, report: Report): Root | undefined {
  const excess = findExcess(content.split('\n'));
  if (excess === undefined) return parser.parse(content);
  report.add({ line: excess.line, column: 1 }, 'OVER_LIMIT', excess.message);
  return undefined;
}

/** Where a text goes beyond what the parser can read in reasonable time: that grows with lines² and depth³. */
function findExcess(lines: readonly string[]): { line: number; message: string } | undefined {
  const { markdownLines, nesting, markdownMarkers } = SOURCE_LIMITS;
  let markers = 0;
  for (const [index, text] of lines.entries()) {
    const line = index + 1;
    const depth = markerDepth(text);
    markers += depth;
    if (depth > nesting)
      return { line, message: `lists and quotes with more than ${nesting} levels are refused` };
    if (line > markdownLines) return { line, message: `a task file has at most ${markdownLines} lines` };
    if (markers > markdownMarkers) return { line, message: 'too many nested lists and quotes' };
  }
  return undefined;
}

const NOT_PARSED = [
  ...[
    'attention',
    'autolink',
    'characterEscape',
    'characterReference',
    'codeText',
    'hardBreakEscape',
    'htmlText',
  ],
  ...['labelStartImage', 'labelStartLink', 'labelEnd'],
  // `dependsOn: [A]` above `---` is no heading, `[A]: x` no definition, and an indented line is a line.
  ...['setextUnderline', 'definition', 'codeIndented'],
];

const parser = unified()
  .data('micromarkExtensions', [{ disable: { null: NOT_PARSED } }])
  .use(remarkParse)
  .freeze();

/** List and quote markers that a line begins with; those on the lines above show in its indent. */
function markerDepth(line: string): number {
  let depth = Math.floor((line.length - line.trimStart().length) / 2);
  const marker = /[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))/y;
  while (marker.test(line)) depth += 1;
  return depth;
}
