import type { Code, Nodes } from 'mdast';
import { emptyMap, type LocatedMap, nameKind } from '../source/located.ts';
import type { Report } from '../source/report.ts';
import { readYaml } from '../source/yaml.ts';
import { placeOf } from './text.ts';

export function isYaml(node: Nodes): node is Code {
  return node.type === 'code' && (node.lang === 'yaml' || node.lang === 'yml');
}

/** The settings in a fenced yaml block; an empty map when it holds anything but a map. */
export function readYamlBlock(code: Code, report: Report): LocatedMap {
  const place = placeOf(code);
  const settings = readYaml(code.value, { line: place.line + 1, column: place.column }, report);
  if (settings === undefined) return emptyMap(place);
  if (settings.kind === 'map') return settings;
  report.add(
    settings.place,
    'BAD_VALUE',
    `this block holds settings as 'key: value' lines, not ${nameKind(settings)}`,
  );
  return emptyMap(place);
}

/** A fence without end swallows the rest of the file, silently for Markdown. */
export function reportUnclosed(code: Code, content: string, report: Report): void {
  const source = content.slice(code.position?.start.offset, code.position?.end.offset);
  const fence = /^(`{3,}|~{3,})/.exec(source)?.[1];
  if (fence === undefined) return;
  const last = source.slice(source.lastIndexOf('\n') + 1).trim();
  if (source.includes('\n') && last.startsWith(fence) && last.replaceAll(fence.charAt(0), '') === '') return;
  report.add(
    placeOf(code),
    'STRAY_CONTENT',
    'this fenced block is never closed',
    `end it with a line of ${fence}`,
  );
}
