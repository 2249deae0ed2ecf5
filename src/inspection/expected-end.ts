import { phaseId } from '../../machines/execution-work.ts';
import { DEFAULT_STEP_WINDOW } from '../../machines/policy.ts';
import { childrenOf } from '../engine/delivery.ts';
import type { Fold } from '../engine/fold.ts';
import type { PhaseDefinition, StepDefinition } from '../task/definition.ts';
import type { PhaseSpan } from './critical-path.ts';
import type { TaskGraph } from './documents.ts';
import { runsOfPhase } from './plan-runs.ts';

export interface Expectation {
  /** Every phase: as it was, and as far as it has not ended as it is expected to be. */
  readonly spans: readonly PhaseSpan[];
  /** Null when nothing is known of the duration of a phase that is still to end. */
  readonly endAt: number | null;
  readonly by: TaskGraph['expectedBy'];
}

type Durations = ReadonlyMap<string, number>;

/** When phases end as things stand. Steps at work side by side share the places that there are. */
export function expectPhases(
  fold: Fold,
  { now, durations = new Map() }: { readonly now: number; readonly durations?: Durations | undefined },
): Expectation {
  const children = childrenOf(fold.root);
  const ends = new Map<string, number>();
  const spans = new Map<string, PhaseSpan>();
  let by: Expectation['by'] = null;
  let isKnown = true;
  let isOpen = false;
  for (const phase of inOrder(fold.pinned.definition.phases)) {
    const actor = children[phaseId(fold.pinned.definition.phases.indexOf(phase))]?.getSnapshot();
    const { summary } = fold.world.ledger.phases.get(phase.name) ?? {};
    const needed = Math.max(fold.context.startedAt, ...phase.dependsOn.map((name) => ends.get(name) ?? 0));
    if (actor?.hasTag('ended') === true && summary !== undefined) {
      const startedAt = actor.context.startedAt ?? summary.endedAt;
      ends.set(phase.name, summary.endedAt);
      spans.set(phase.name, {
        name: phase.name,
        dependsOn: phase.dependsOn,
        startedAt,
        endedAt: summary.endedAt,
      });
      continue;
    }
    isOpen = true;
    const startedAt: number = actor?.context.startedAt ?? Math.max(needed, fold.hasEnded ? needed : now);
    const left = timeLeft(fold, phase, { now: Math.max(now, startedAt), startedAt, durations });
    isKnown &&= left.ms !== null;
    if (left.by === 'history' || by === null) by = left.by ?? by;
    const endedAt = Math.max(now, startedAt) + (left.ms ?? 0);
    ends.set(phase.name, endedAt);
    spans.set(phase.name, { name: phase.name, dependsOn: phase.dependsOn, startedAt, endedAt });
  }
  const isOver = fold.hasEnded || !isOpen || !isKnown || by === null;
  return {
    spans: fold.pinned.definition.phases.flatMap(({ name }) => spans.get(name) ?? []),
    endAt: isOver ? null : Math.max(...ends.values()),
    by: isOver ? null : by,
  };
}

interface Left {
  /** Null: not known. */
  readonly ms: number | null;
  readonly by: Expectation['by'];
}

function timeLeft(
  fold: Fold,
  phase: PhaseDefinition,
  { now, startedAt, durations }: { now: number; startedAt: number; durations: Durations },
): Left {
  const window = fold.pinned.definition.concurrency.steps ?? DEFAULT_STEP_WINDOW;
  const results = fold.world.ledger.phases.get(phase.name)?.results;
  let whole = 0;
  let side: number[] = [];
  let by: Expectation['by'] = null;
  const join = (): void => {
    const sum = side.reduce((total, ms) => total + ms, 0);
    whole += Math.max(0, ...side, sum / window);
    side = [];
  };
  for (const { run, step, kind } of runsOfPhase(fold, phase)) {
    if (kind === 'ballot') continue;
    const live = fold.world.steps.get(run)?.getSnapshot();
    if (live === undefined && results?.get(run)?.status === 'succeeded') continue;
    const known = durationOf(step, durations);
    if (known === undefined) {
      if (phase.estimateMs === undefined) return { ms: null, by };
      return { ms: Math.max(0, phase.estimateMs - Math.max(0, now - startedAt)), by: 'estimates' };
    }
    if (known.by === 'history' || by === null) by = known.by ?? by;
    const since: number = live?.context.claim?.at ?? now;
    const left = Math.max(0, known.ms - Math.max(0, now - since));
    if (phase.parallel && step.kind === 'agent') side.push(left);
    else {
      join();
      whole += left;
    }
  }
  join();
  return { ms: whole, by };
}

/** Undefined: nothing to go by. What the owner works out itself takes no time to speak of. */
function durationOf(
  step: StepDefinition,
  durations: Durations,
): { readonly ms: number; readonly by: Expectation['by'] } | undefined {
  const median = durations.get(step.id);
  if (median !== undefined) return { ms: median, by: 'history' };
  if (step.estimateMs !== undefined) return { ms: step.estimateMs, by: 'estimates' };
  return step.kind === 'validation' || step.kind === 'aggregate' ? { ms: 0, by: null } : undefined;
}

/** Phases with those they depend on before them. */
function inOrder(phases: readonly PhaseDefinition[]): readonly PhaseDefinition[] {
  const byName = new Map(phases.map((phase) => [phase.name, phase]));
  const done = new Set<PhaseDefinition>();
  const visit = (phase: PhaseDefinition): void => {
    if (done.has(phase)) return;
    for (const name of phase.dependsOn) {
      const needed = byName.get(name);
      if (needed !== undefined) visit(needed);
    }
    done.add(phase);
  };
  for (const phase of phases) visit(phase);
  return [...done];
}
