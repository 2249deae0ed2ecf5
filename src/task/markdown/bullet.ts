import type { ListItem } from 'mdast';
import type { BulletDraft } from '../draft.ts';
import { emptyMap } from '../source/located.ts';
import type { PlacedText } from '../source/place.ts';
import type { Report } from '../source/report.ts';
import { splitKind, trim } from '../source/split.ts';
import { isYaml, readYamlBlock, reportUnclosed } from './fence.ts';
import { dedent, placeOf, sourceOf } from './text.ts';

/** One list item: its text with what is nested below, and the fenced yaml block that carries its settings. */
export function readBullet(
  item: ListItem,
  content: string,
  report: Report,
): { draft: BulletDraft; whole: PlacedText } | undefined {
  const texts = item.children.filter((child) => !isYaml(child));
  const blocks = item.children.filter(isYaml);
  for (const child of item.children) {
    if (child.type === 'code') reportUnclosed(child, content, report);
  }
  const [first] = texts;
  if (first === undefined) {
    report.add(placeOf(item), 'STRAY_CONTENT', 'this bullet says nothing');
    return undefined;
  }
  for (const extra of blocks.slice(1)) {
    report.add(placeOf(extra), 'STRAY_CONTENT', 'a step has one yaml block');
  }
  const place = placeOf(first);
  const source = texts.map((child) => dedent(sourceOf(child, content), place.column - 1)).join('\n');
  const whole = trim({ text: source, place });
  const { kind, rest } = splitKind(whole);
  const [block] = blocks;
  const settings = block === undefined ? emptyMap(place) : readYamlBlock(block, report);
  return { draft: { place: placeOf(item), kind, text: rest, settings }, whole };
}
