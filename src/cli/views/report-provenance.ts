import type { Entity, Provenance } from '../../provenance/graph.ts';
import { directUses } from '../../provenance/mermaid.ts';
import { formatDuration } from '../../task/duration.ts';
import { heading, line, type Page } from './report-page.ts';
import { clockTime } from './report-time.ts';
import { bytesInWords } from './value-lines.ts';

/** What came of what, step by step: what went in, what came out, with digest, size and time. */
export function provenanceLines(
  { entities, activities, outputsFrom }: Provenance,
  page: Page,
): readonly string[] {
  const byId = new Map(entities.map((entity) => [entity.id, entity]));
  const direct = directUses(activities);
  const entityLine = (id: string, sign: string): string => {
    const entity = byId.get(id);
    return entity === undefined ? '' : line(page, [`    ${sign} `, 'dim'], ...described(entity));
  };
  const input = byId.get('input');
  const outputs = byId.get('outputs');
  return [
    ...(input === undefined ? [] : [line(page, ...described(input))]),
    ...activities.flatMap((activity) => [
      '',
      line(
        page,
        [activity.id, 'bold'],
        [`  ${activity.agent ?? activity.kind}`, 'cyan'],
        [activity.host === undefined ? '' : ` on ${activity.host}`, 'dim'],
        [`  ${activity.phase}, ${formatDuration(activity.endedAt - activity.startedAt)}`, 'dim'],
        [activity.keptFrom === undefined ? '' : `  kept from ${activity.keptFrom}`, 'dim'],
        [activity.status === 'succeeded' ? '' : `  ${activity.status}`, 'red'],
      ),
      ...(direct.get(activity.id) ?? []).map((id) => entityLine(id, '←')),
      ...activity.generated.map((id) => entityLine(id, '→')),
    ]),
    ...(outputs === undefined ? [] : [...heading(page, 'Outputs'), line(page, ...described(outputs))]),
    ...(outputsFrom ?? []).map((id) => entityLine(id, '←')),
  ];
}

function described({
  kind,
  name,
  digest,
  bytes,
  at,
  mediaType,
}: Entity): readonly (readonly [string, 'dim'?])[] {
  const what = kind === 'output' ? `output of ${name}` : name;
  const type = mediaType === undefined || mediaType === 'application/json' ? '' : `, ${mediaType}`;
  return [
    [what.padEnd(32)],
    [` ${digest.slice(0, 19)}  ${bytesInWords(bytes)}${type}, ${clockTime(at)}`, 'dim'],
  ];
}
