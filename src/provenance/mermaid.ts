import type { Activity, Provenance } from './graph.ts';

/**
 * The graph as a Mermaid flowchart: values and files as rounded boxes, steps as plain ones. An edge that another path says already is left
 * out, so that a person can read it.
 */
export function provenanceMermaid({ entities, activities, outputsFrom }: Provenance): string {
  const nodes = new Map<string, string>();
  const nodeOf = (id: string): string => {
    const known = nodes.get(id);
    if (known !== undefined) return known;
    const node = `n${nodes.size + 1}`;
    nodes.set(id, node);
    return node;
  };
  const lines = ['flowchart LR'];
  for (const { id, kind, name, digest } of entities) {
    const what = kind === 'output' ? `output of ${name}` : name;
    lines.push(`  ${nodeOf(id)}(["${quoted(what)}<br/>${digest.slice(7, 19)}"])`);
  }
  const direct = directUses(activities);
  for (const activity of activities) {
    const doer = activity.agent === undefined ? activity.kind : activity.agent;
    const by = activity.keptFrom === undefined ? doer : `${doer}, kept from ${activity.keptFrom}`;
    const step = nodeOf(`step/${activity.id}`);
    lines.push(`  ${step}["${quoted(activity.id)}<br/>${quoted(by)}"]`);
    for (const id of direct.get(activity.id) ?? []) lines.push(`  ${nodeOf(id)} --> ${step}`);
    for (const id of activity.generated) lines.push(`  ${step} --> ${nodeOf(id)}`);
  }
  for (const id of outputsFrom ?? []) lines.push(`  ${nodeOf(id)} --> ${nodeOf('outputs')}`);
  return `${lines.join('\n')}\n`;
}

/** Without what a step used only as all of those did that it used the results of. */
export function directUses(activities: readonly Activity[]): ReadonlyMap<string, readonly string[]> {
  const makerOf = new Map(
    activities.flatMap((activity) => activity.generated.map((id) => [id, activity] as const)),
  );
  return new Map(
    activities.map(({ id, used }) => {
      const behind = new Set(used.flatMap((entity) => makerOf.get(entity)?.used ?? []));
      return [id, used.filter((entity) => !behind.has(entity))] as const;
    }),
  );
}

function quoted(text: string): string {
  return text.replace(/["<>&#]/g, (sign) => `#${sign.codePointAt(0)};`);
}
