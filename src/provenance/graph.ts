import type { StepResult } from '../../machines/ledger.ts';
import { programOf } from '../../machines/program.ts';
import type { RerunLink } from '../engine/fold-snapshot.ts';
import { digestOf } from '../engine/pinned.ts';
import type { Story } from '../history/story.ts';
import { type ArtifactRef, isArtifactRef, type Json } from '../json.ts';
import type { PhaseDefinition } from '../task/definition.ts';

/** A value or file that work was done on, or that came of it. */
export interface Entity {
  /** Unique in the graph: `input`, `outputs`, `output/STEP`, `artifact/STEP/NAME`. */
  readonly id: string;
  readonly kind: 'input' | 'output' | 'artifact' | 'outputs';
  readonly name: string;
  /** `sha256:` and hex: of an artifact's bytes, or of a value's RFC 8785 JSON. */
  readonly digest: string;
  readonly bytes: number;
  readonly mediaType?: string | undefined;
  /** When it came to be, ms since 1970. */
  readonly at: number;
}

/** A step's work: from what to what, by whom, when. */
export interface Activity {
  /** The step's run. */
  readonly id: string;
  readonly phase: string;
  readonly kind: string;
  readonly agent?: string | undefined;
  readonly host?: string | undefined;
  /** The attempt whose outcome was accepted, or the last. */
  readonly attempt: number;
  readonly status: StepResult['status'];
  /** Execution in which it was done: this one was run again of it, and kept the result. */
  readonly keptFrom?: string | undefined;
  /** Ms since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Ids of entities. */
  readonly used: readonly string[];
  readonly generated: readonly string[];
}

/** What came of what: artifact, process, artifact. */
export interface Provenance {
  readonly execution: string;
  readonly task: { readonly name: string; readonly version: string };
  /** The execution that this one was run again of, and from which step. */
  readonly rerunOf?: RerunLink | undefined;
  readonly entities: readonly Entity[];
  readonly activities: readonly Activity[];
  /** What the execution's outputs were made from; absent while it has none. */
  readonly outputsFrom?: readonly string[] | undefined;
}

/**
 * The graph of an execution, from its log. A step has used the input, the outputs of the phases that its own depends on, directly or not,
 * and what stands above it in its own phase: what its agent was given.
 */
export function provenanceOf({ fold, attempts }: Story): Provenance {
  const { ledger, execution, input } = fold.world;
  const { definition } = fold.pinned;
  const entities: Entity[] = [valueEntity('input', 'input', 'input', input as Json, fold.context.startedAt)];
  const activities: Activity[] = [];
  /** Phase -> entities that its steps made. */
  const made = new Map<string, Made[]>();
  for (const phase of inOrder(definition.phases)) {
    const results = [...(ledger.phases.get(phase.name)?.results.values() ?? [])].sort(
      (a, b) => a.index - b.index,
    );
    const own: Made[] = [];
    const before = ancestors(definition.phases, phase).flatMap((name) => made.get(name) ?? []);
    for (const result of results) {
      const generated = entitiesOf(result);
      const above = aboveOf(phase, ledger.phases.get(phase.name)?.items?.length, result.index);
      const attempt = attempts.findLast(({ step }) => step === result.step);
      activities.push({
        id: result.step,
        phase: phase.name,
        kind: result.kind,
        agent: result.agent,
        host: attempt?.host,
        attempt: result.lastAttempt,
        status: result.status,
        ...(result.kept === undefined ? {} : { keptFrom: result.kept }),
        startedAt: result.startedAt,
        endedAt: result.endedAt,
        used: [
          'input',
          ...before.map(({ id }) => id),
          ...own.filter(({ index }) => index < above).map(({ id }) => id),
          ...(result.kind === 'consensus' ? ballotsOf(results, result) : []),
        ],
        generated: generated.map(({ id }) => id),
      });
      entities.push(...generated);
      own.push(...generated.map(({ id }) => ({ id, index: result.index })));
    }
    made.set(phase.name, own);
  }
  const { name, version } = definition;
  const { rerunOf } = fold;
  const link = rerunOf === undefined ? {} : { rerunOf };
  const graph = { execution, task: { name, version }, ...link, entities, activities };
  if (ledger.outputs === undefined) return graph;
  const needed = new Set(definition.phases.flatMap(({ dependsOn }) => dependsOn));
  const last = definition.phases.filter(
    (phase) => definition.outputs !== undefined || !needed.has(phase.name),
  );
  const outputs = valueEntity(
    'outputs',
    'outputs',
    'outputs',
    ledger.outputs as Json,
    fold.context.endedAt ?? fold.world.now,
  );
  return {
    ...graph,
    entities: [...entities, outputs],
    outputsFrom: last.flatMap((phase) => (made.get(phase.name) ?? []).map(({ id }) => id)),
  };
}

interface Made {
  readonly id: string;
  /** Place of its step in the phase. */
  readonly index: number;
}

/** What a vote was counted from. Ballots have the place of their vote in the phase. */
function ballotsOf(results: readonly StepResult[], { index }: StepResult): readonly string[] {
  return results
    .filter((other) => other.kind === 'ballot' && other.index === index)
    .flatMap((ballot) => entitiesOf(ballot).map(({ id }) => id));
}

/** What came of a step: its output, and its files. */
export function entitiesOf({ step, output, artifacts = [], status, endedAt }: StepResult): readonly Entity[] {
  const files = artifacts.map((ref, index) => {
    const name = ref.name ?? String(index + 1);
    return artifactEntity(`artifact/${step}/${name}`, 'artifact', name, ref, endedAt);
  });
  if (status !== 'succeeded') return files;
  return [valueEntity(`output/${step}`, 'output', step, output ?? null, endedAt), ...files];
}

export function valueEntity(id: string, kind: Entity['kind'], name: string, value: Json, at: number): Entity {
  if (isArtifactRef(value)) return artifactEntity(id, kind, name, value, at);
  return {
    id,
    kind,
    name,
    digest: `sha256:${digestOf(value)}`,
    bytes: new TextEncoder().encode(JSON.stringify(value)).length,
    at,
  };
}

function artifactEntity(
  id: string,
  kind: Entity['kind'],
  name: string,
  ref: ArtifactRef,
  at: number,
): Entity {
  return { id, kind, name, digest: ref.$artifact, bytes: ref.bytes, mediaType: ref.mediaType, at };
}

function aboveOf(phase: PhaseDefinition, items: number | undefined, index: number): number {
  const program = programOf(phase, items);
  // A step of a person or of a vote has its place beside the program.
  return index < program.length ? program.at(index).above : index;
}

/** Phases that it depends on, directly or not, in the order of the file. */
export function ancestors(phases: readonly PhaseDefinition[], phase: PhaseDefinition): readonly string[] {
  const found = new Set<string>();
  const visit = (names: readonly string[]): void => {
    for (const name of names) {
      if (found.has(name)) continue;
      found.add(name);
      visit(phases.find((other) => other.name === name)?.dependsOn ?? []);
    }
  };
  visit(phase.dependsOn);
  return phases.map(({ name }) => name).filter((name) => found.has(name));
}

/** Dependencies first; the file may list them later. */
export function inOrder(phases: readonly PhaseDefinition[]): readonly PhaseDefinition[] {
  const ordered = new Set<PhaseDefinition>();
  const visit = (phase: PhaseDefinition): void => {
    if (ordered.has(phase)) return;
    for (const name of phase.dependsOn) {
      const needed = phases.find((other) => other.name === name);
      if (needed !== undefined) visit(needed);
    }
    ordered.add(phase);
  };
  for (const phase of phases) visit(phase);
  return [...ordered];
}
