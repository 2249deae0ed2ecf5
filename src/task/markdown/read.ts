import type { Code, Heading, List, Paragraph, RootContent } from 'mdast';
import type { PhaseDraft, TaskDraft } from '../draft.ts';
import { nearest } from '../nearest.ts';
import { emptyMap, type LocatedMap } from '../source/located.ts';
import type { PlacedText } from '../source/place.ts';
import type { Report } from '../source/report.ts';
import { parseBlocks } from './blocks.ts';
import { isYaml, readYamlBlock, reportUnclosed } from './fence.ts';
import { PhaseReader, type Section } from './phase.ts';
import { textOf } from './text.ts';

/**
 * Reads the Markdown form: a title, a fenced yaml block, then a heading `Phase: NAME` for each phase with the
 * sections Steps, Agents and Outputs. Everything else is prose. Line breaks must be `\n`.
 */
export function readMarkdown(content: string, report: Report): TaskDraft | undefined {
  if (/^---[ \t]*\n/.test(content)) {
    const hint = 'put the settings in a fenced yaml block under the title';
    report.add(
      { line: 1, column: 1 },
      'STRAY_CONTENT',
      'front matter is not part of the task language',
      hint,
    );
  }
  const root = parseBlocks(content, report);
  if (root === undefined) return undefined;
  const reader = new DocumentReader(content, report);
  for (const block of root.children) reader.read(block);
  return reader.finish();
}

class DocumentReader {
  readonly #content: string;
  readonly #report: Report;
  #title: PlacedText | undefined;
  #settings: LocatedMap | undefined;
  readonly #phases: PhaseDraft[] = [];
  #phase: PhaseReader | undefined;

  constructor(content: string, report: Report) {
    this.#content = content;
    this.#report = report;
  }

  read(block: RootContent): void {
    switch (block.type) {
      case 'heading':
        this.#readHeading(block);
        return;
      case 'code':
        this.#readCode(block);
        return;
      case 'list':
        this.#phase?.readList(block satisfies List);
        return;
      case 'paragraph':
        this.#phase?.readParagraph(block satisfies Paragraph);
        return;
    }
  }

  finish(): TaskDraft {
    this.#endPhase();
    const place = { line: 1, column: 1 };
    const settings = this.#settings ?? emptyMap(place);
    return { form: 'markdown', place, title: this.#title, settings, phases: this.#phases };
  }

  #readHeading(heading: Heading): void {
    const text = textOf(heading, this.#content);
    const name = /^phase\s*:(.*)$/is.exec(text.text)?.[1];
    if (name !== undefined) {
      this.#endPhase();
      const column = text.place.column + text.text.length - name.trimStart().length;
      const placed = { text: name.trim(), place: { line: text.place.line, column } };
      this.#phase = new PhaseReader(placed, this.#content, this.#report);
      return;
    }
    if (/^phase\s+\d+\s*:/i.test(text.text)) {
      const hint = `write '## Phase: NAME'`;
      this.#report.add(
        text.place,
        'NOT_YET_SUPPORTED',
        'numbered phases with task tables are not read yet',
        hint,
      );
    }
    if (heading.depth === 1) this.#title ??= text;
    if (heading.depth > 1) this.#reportNearPhase(text);
    if (heading.depth <= 2) this.#endPhase();
    else if (this.#phase !== undefined) this.#phase.enter(this.#sectionOf(text));
    else this.#reportLostSection(text);
  }

  /** A misspelt `Phase:` would be prose, and what stands under it lost without a word. */
  #reportNearPhase({ text, place }: PlacedText): void {
    const [, word = ''] = /^(\p{L}+)\s*:/u.exec(text) ?? [];
    if (word === '' || nearest(word, ['Phase']) === undefined) return;
    this.#report.add(place, 'UNKNOWN_SECTION', `no section is called '${word}'`, "did you mean 'Phase'?");
  }

  #reportLostSection({ text, place }: PlacedText): void {
    if (!isSection(text.toLowerCase())) return;
    const hint = "a phase begins with a heading '## Phase: NAME'";
    this.#report.add(place, 'STRAY_CONTENT', `'${text}' stands outside a phase`, hint);
  }

  #sectionOf(text: PlacedText): Section {
    const name = text.text.toLowerCase();
    if (isSection(name)) return name;
    const near = nearest(name, ['Steps', 'Agents', 'Outputs']);
    if (near !== undefined) {
      this.#report.add(
        text.place,
        'UNKNOWN_SECTION',
        `no section is called '${text.text}'`,
        `did you mean '${near}'?`,
      );
    }
    return 'prose';
  }

  #readCode(code: Code): void {
    reportUnclosed(code, this.#content, this.#report);
    if (!isYaml(code)) return;
    if (this.#phase !== undefined) this.#phase.readYaml(code);
    else if (this.#phases.length === 0) this.#settings ??= readYamlBlock(code, this.#report);
  }

  #endPhase(): void {
    if (this.#phase !== undefined) this.#phases.push(this.#phase.finish());
    this.#phase = undefined;
  }
}

function isSection(name: string): name is Exclude<Section, 'prose'> {
  return name === 'steps' || name === 'agents' || name === 'outputs';
}
