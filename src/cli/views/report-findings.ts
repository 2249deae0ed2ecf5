import type { Finding } from '../doctor/finding.ts';
import { padText, textWidth } from '../terminal/text-width.ts';
import { line, type Page } from './report-page.ts';
import { valueLines } from './value-lines.ts';

/** What was looked at, one under the other, with what to do under what is not well. */
export function findingLines(findings: readonly Finding[], page: Page): readonly string[] {
  const width = Math.min(26, Math.max(...findings.map(({ about }) => textWidth(about))));
  return findings.flatMap(({ about, kind, message, remedy }) => {
    const { glyph, word, colour } = LOOKS[kind];
    const room = Math.max(20, page.width - WORD_WIDTH - width - 4);
    const indent = ' '.repeat(page.width - room);
    const [first = '', ...rest] = valueLines(message, { columns: room, maxLines: 12 });
    return [
      line(
        page,
        [`${glyph} ${word}`.padEnd(WORD_WIDTH), colour],
        [`  ${padText(about, width)}  `, 'bold'],
        [first],
      ),
      ...rest.map((text) => indent + text),
      ...(remedy === undefined
        ? []
        : valueLines(`→ ${remedy}`, { columns: room, maxLines: 12 }).map(
            (text) => indent + page.style.cyan(text),
          )),
    ];
  });
}

const LOOKS = {
  ok: { glyph: '✓', word: 'ok', colour: 'green' },
  note: { glyph: '•', word: 'note', colour: 'yellow' },
  problem: { glyph: '✗', word: 'problem', colour: 'red' },
} as const;

const WORD_WIDTH = '✗ problem'.length;
