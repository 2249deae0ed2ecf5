import type { Activity, Entity, Provenance } from '../../../../src/provenance/graph.ts';
import type { PhaseSum, ProvenanceSums } from '../../../../src/provenance/sums.ts';

/** A row of the list: what went in, a phase, the work of a step, what came out. */
export type Layer =
  | { readonly kind: 'input'; readonly entities: readonly Entity[] }
  | { readonly kind: 'phase'; readonly name: string; readonly count: number }
  /** Of a phase with too many steps to be told one by one. */
  | { readonly kind: 'sum'; readonly phase: PhaseSum }
  | { readonly kind: 'rest'; readonly phase: string; readonly count: number }
  | {
      readonly kind: 'work';
      readonly activity: Omit<Activity, 'used'>;
      /** Null: as the phase did. */
      readonly used: readonly Used[] | null;
      readonly generated: readonly Entity[];
    }
  | { readonly kind: 'outputs'; readonly entities: readonly Entity[]; readonly used: readonly Used[] };

/** What was used, told in few words: by itself, or how much of one phase. */
export interface Used {
  readonly text: string;
  /** The step it is of, where it is one. */
  readonly step: string | null;
}

/** Names told one by one; more of a phase are counted. */
const NAMED = 3;

export function layersOf({ entities, activities, outputsFrom }: Provenance): readonly Layer[] {
  const byId = new Map(entities.map((entity) => [entity.id, entity]));
  const makers = new Map(
    activities.flatMap((activity) => activity.generated.map((id) => [id, activity] as const)),
  );
  const layers: Layer[] = [];
  const given = entities.filter(({ kind }) => kind === 'input');
  if (given.length > 0) layers.push({ kind: 'input', entities: given });
  let phase: string | undefined;
  for (const [index, activity] of activities.entries()) {
    if (activity.phase !== phase) {
      phase = activity.phase;
      let end = index;
      while (activities[end]?.phase === phase) end++;
      layers.push({ kind: 'phase', name: phase, count: end - index });
    }
    layers.push({
      kind: 'work',
      activity,
      used: usedOf(activity.used, byId, makers),
      generated: activity.generated.flatMap((id) => byId.get(id) ?? []),
    });
  }
  const outputs = entities.filter(({ kind }) => kind === 'outputs');
  if (outputs.length > 0)
    layers.push({ kind: 'outputs', entities: outputs, used: usedOf(outputsFrom ?? [], byId, makers) });
  return layers;
}

/** Phase by phase, with the first steps of each. */
export function layersOfSums({ input, phases, outputs, entities }: ProvenanceSums): readonly Layer[] {
  const byId = new Map(entities.map((entity) => [entity.id, entity]));
  return [
    { kind: 'input', entities: [input] },
    ...phases
      .filter(({ steps }) => steps > 0)
      .flatMap((phase): Layer[] => [
        { kind: 'phase', name: phase.name, count: phase.steps },
        { kind: 'sum', phase },
        ...phase.first.map(
          (activity): Layer => ({
            kind: 'work',
            activity,
            used: null,
            generated: activity.generated.flatMap((id) => byId.get(id) ?? []),
          }),
        ),
        ...(phase.steps > phase.first.length
          ? [{ kind: 'rest' as const, phase: phase.name, count: phase.steps - phase.first.length }]
          : []),
      ]),
    ...(outputs === null ? [] : [{ kind: 'outputs' as const, entities: [outputs], used: [] }]),
  ];
}

function usedOf(
  ids: readonly string[],
  byId: ReadonlyMap<string, Entity>,
  makers: ReadonlyMap<string, Activity>,
): readonly Used[] {
  const used: Used[] = [];
  const phases = new Map<string, Set<string>>();
  for (const id of ids) {
    const maker = makers.get(id);
    if (maker === undefined) used.push({ text: byId.get(id)?.name ?? id, step: null });
    else phases.set(maker.phase, (phases.get(maker.phase) ?? new Set()).add(maker.id));
  }
  for (const [phase, steps] of phases) {
    if (steps.size <= NAMED) for (const step of steps) used.push({ text: step, step });
    else used.push({ text: `${steps.size} steps of ${phase}`, step: null });
  }
  return used;
}

/** How a step's work stands to the selected one. */
export type Relation = 'self' | 'before' | 'after' | null;

/** What the selected step used, and what used it. */
export function relationsTo(step: string | null, { activities }: Provenance): ReadonlyMap<string, Relation> {
  const relations = new Map<string, Relation>();
  const selected = activities.find(({ id }) => id === step);
  if (selected === undefined) return relations;
  const used = new Set(selected.used);
  const made = new Set(selected.generated);
  for (const { id, generated, used: own } of activities) {
    if (id === step) relations.set(id, 'self');
    else if (generated.some((entity) => used.has(entity))) relations.set(id, 'before');
    else if (own.some((entity) => made.has(entity))) relations.set(id, 'after');
  }
  return relations;
}
