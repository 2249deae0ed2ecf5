import type { Code, List, Paragraph } from 'mdast';
import type { BulletDraft, OutputDraft, PhaseDraft } from '../draft.ts';
import { emptyMap, type LocatedEntry, type LocatedMap } from '../source/located.ts';
import type { PlacedText } from '../source/place.ts';
import type { Report } from '../source/report.ts';
import { splitDash, trim, unmark } from '../source/split.ts';
import { readBullet } from './bullet.ts';
import { readYamlBlock } from './fence.ts';
import { readPhaseLines } from './phase-lines.ts';
import { placeOf, sourceOf } from './text.ts';

/** Part of a phase: `preamble` stands above the first section, `prose` is a section with another name. */
export type Section = 'preamble' | 'steps' | 'agents' | 'outputs' | 'prose';

/** Takes the blocks under one `Phase:` heading. */
export class PhaseReader {
  readonly #name: PlacedText;
  readonly #content: string;
  readonly #report: Report;
  #section: Section = 'preamble';
  readonly #lines: LocatedEntry[] = [];
  #settings: LocatedMap | undefined;
  readonly #bullets: BulletDraft[] = [];
  #agents: PlacedText[] | undefined;
  readonly #outputs: OutputDraft[] = [];

  constructor(name: PlacedText, content: string, report: Report) {
    this.#name = name;
    this.#content = content;
    this.#report = report;
  }

  enter(section: Section): void {
    this.#section = section;
    if (section === 'agents') this.#agents ??= [];
  }

  readParagraph(paragraph: Paragraph): void {
    if (this.#section !== 'preamble') return;
    this.#lines.push(...readPhaseLines(sourceOf(paragraph, this.#content), placeOf(paragraph), this.#report));
  }

  readList(list: List): void {
    if (this.#section === 'preamble') {
      const hint = 'steps stand under a heading ### Steps';
      this.#report.add(placeOf(list), 'STRAY_CONTENT', 'this list belongs to no section', hint);
    }
    if (this.#section === 'preamble' || this.#section === 'prose') return;
    for (const item of list.children) {
      const bullet = readBullet(item, this.#content, this.#report);
      if (bullet === undefined) continue;
      if (this.#section === 'steps') this.#bullets.push(bullet.draft);
      else if (this.#section === 'agents') this.#agents?.push(unmark(splitDash(bullet.whole).head));
      else this.#outputs.push({ text: trim(bullet.whole) });
    }
  }

  /** In the preamble the phase's settings; below a bullet, indented or not, the bullet's. */
  readYaml(code: Code): void {
    const last = this.#section === 'steps' ? this.#bullets.at(-1) : undefined;
    if (this.#section === 'preamble' && this.#settings === undefined) {
      this.#settings = readYamlBlock(code, this.#report);
    } else if (last !== undefined && last.settings.entries.length === 0) {
      this.#bullets[this.#bullets.length - 1] = { ...last, settings: readYamlBlock(code, this.#report) };
    } else if (this.#section !== 'prose') {
      this.#report.add(placeOf(code), 'STRAY_CONTENT', 'this yaml block belongs to no phase and no step');
    }
  }

  finish(): PhaseDraft {
    const settings = this.#settings ?? emptyMap(this.#name.place);
    const inBlock = new Set(settings.entries.map(({ key }) => key.text));
    for (const { key } of this.#lines) {
      if (inBlock.has(key.text))
        this.#report.add(key.place, 'DUPLICATE_KEY', `'${key.text}' stands here twice`);
      inBlock.add(key.text);
    }
    return {
      name: this.#name,
      settings: { ...settings, entries: [...this.#lines, ...settings.entries] },
      bullets: this.#bullets,
      agents: this.#agents,
      outputs: this.#outputs,
    };
  }
}
