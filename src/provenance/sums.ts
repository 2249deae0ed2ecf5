import type { StepResult } from '../../machines/ledger.ts';
import type { Fold } from '../engine/fold.ts';
import type { Attempt } from '../history/attempts.ts';
import type { Json } from '../json.ts';
import { type Activity, ancestors, type Entity, entitiesOf, inOrder, valueEntity } from './graph.ts';

/** What came of what, phase by phase: for an execution whose every step would be too much to list. */
export interface ProvenanceSums {
  readonly input: Entity;
  readonly phases: readonly PhaseSum[];
  /** Null while it has none. */
  readonly outputs: Entity | null;
  /** Entities that the steps which are told one by one made. */
  readonly entities: readonly Entity[];
}

export interface PhaseSum {
  readonly name: string;
  /** Those that have ended. */
  readonly steps: number;
  /** Phases whose outputs its steps were given, beside the input, and how many those were. */
  readonly used: readonly { readonly phase: string; readonly entities: number }[];
  readonly generated: { readonly outputs: number; readonly files: number; readonly bytesOfFiles: number };
  /** The first of its steps. What each of them used is what the phase did, and what stands above it. */
  readonly first: readonly Omit<Activity, 'used'>[];
}

/** @param most steps told one by one, per phase */
export function provenanceSumsOf(
  fold: Fold,
  { attemptsOf, most }: { readonly attemptsOf: (step: string) => readonly Attempt[]; readonly most: number },
): ProvenanceSums {
  const { ledger, input } = fold.world;
  const { phases } = fold.pinned.definition;
  const made = new Map<string, number>();
  const entities: Entity[] = [];
  const sums = inOrder(phases).map((phase): PhaseSum => {
    const results = [...(ledger.phases.get(phase.name)?.results.values() ?? [])];
    const files = results.flatMap(({ artifacts = [] }) => artifacts);
    const outputs = results.filter(({ status }) => status === 'succeeded').length;
    made.set(phase.name, outputs + files.length);
    const first = results.sort((a, b) => a.index - b.index).slice(0, most);
    return {
      name: phase.name,
      steps: results.length,
      used: ancestors(phases, phase).map((name) => ({ phase: name, entities: made.get(name) ?? 0 })),
      generated: {
        outputs,
        files: files.length,
        bytesOfFiles: files.reduce((sum, { bytes }) => sum + bytes, 0),
      },
      first: first.map((result) => {
        const generated = entitiesOf(result);
        entities.push(...generated);
        return workOf(phase.name, result, generated, attemptsOf(result.step).at(-1)?.host);
      }),
    };
  });
  const { startedAt, endedAt } = fold.context;
  return {
    input: valueEntity('input', 'input', 'input', input as Json, startedAt),
    phases: sums,
    outputs:
      ledger.outputs === undefined
        ? null
        : valueEntity('outputs', 'outputs', 'outputs', ledger.outputs as Json, endedAt ?? fold.world.now),
    entities,
  };
}

function workOf(
  phase: string,
  { step, kind, agent, lastAttempt, status, kept, startedAt, endedAt }: StepResult,
  generated: readonly Entity[],
  host: string | undefined,
): Omit<Activity, 'used'> {
  return {
    id: step,
    phase,
    kind,
    agent,
    host,
    attempt: lastAttempt,
    status,
    ...(kept === undefined ? {} : { keptFrom: kept }),
    startedAt,
    endedAt,
    generated: generated.map(({ id }) => id),
  };
}
