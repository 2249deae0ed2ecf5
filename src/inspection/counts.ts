import { isBallotStep } from '../../machines/derived-steps.ts';
import { phaseId } from '../../machines/execution-work.ts';
import type { PhaseSummary, Rollback } from '../../machines/ledger.ts';
import { programOf } from '../../machines/program.ts';
import { childrenOf } from '../engine/delivery.ts';
import type { Fold } from '../engine/fold.ts';
import type { PhaseDefinition } from '../task/definition.ts';
import type { PhaseStanding, StepCounts } from './documents.ts';
import { type LiveStep, liveStepsOf } from './live-steps.ts';
import { statusOfLive } from './step-status.ts';

/** Where each phase stands and how many of its steps stand where, in file order. Ballots count with their vote. */
export function phaseStandingsOf(fold: Fold): readonly PhaseStanding[] {
  const children = childrenOf(fold.root);
  const live = Map.groupBy(liveStepsOf(fold), ({ context }) => String(context.phase));
  return fold.pinned.definition.phases.map((phase, index) => {
    const actor = children[phaseId(index)]?.getSnapshot();
    const summary =
      actor?.hasTag('ended') === true ? fold.world.ledger.phases.get(phase.name)?.summary : undefined;
    return {
      name: phase.name,
      status: actor === undefined ? 'pending' : String(actor.value),
      startedAt: actor?.context.startedAt ?? null,
      endedAt: summary?.endedAt ?? null,
      steps: countsOf(fold, phase, live.get(phase.name) ?? [], summary),
    };
  });
}

export function sumOf(counts: readonly StepCounts[]): StepCounts {
  const sum = { ...NOTHING };
  for (const count of counts) for (const key of KEYS) sum[key] += count[key];
  return sum;
}

function countsOf(
  fold: Fold,
  phase: PhaseDefinition,
  live: readonly LiveStep[],
  summary: PhaseSummary | undefined,
): StepCounts {
  const own = live.filter(isStepOfItsOwn);
  const rollback = fold.world.ledger.rollback;
  if (summary === undefined || own.length > 0) return count(fold, phase, own);
  // What has ended does not change but by a rollback, and a log may hold a hundred phases of hundreds of steps.
  const known = counted.get(summary);
  if (known !== undefined && known.rollback === rollback) return known.counts;
  const counts = count(fold, phase, own);
  counted.set(summary, { counts, rollback });
  return counts;
}

const counted = new WeakMap<
  PhaseSummary,
  { readonly counts: StepCounts; readonly rollback: Rollback | undefined }
>();

function count(fold: Fold, phase: PhaseDefinition, live: readonly LiveStep[]): StepCounts {
  const produce = fold.world.ledger.phases.get(phase.name);
  const items = phase.forEach === undefined ? undefined : produce?.items?.length;
  const counts = { ...NOTHING, total: programOf(phase, items).length };
  for (const { kind, status } of produce?.results.values() ?? []) {
    if (kind !== 'ballot' && (status === 'succeeded' || status === 'failed')) counts[status] += 1;
  }
  for (const { actor, run } of live) {
    const before = produce?.results.get(run)?.status;
    // A run that is tried again stands where it is now, not where it ended before.
    if (before === 'succeeded' || before === 'failed') counts[before] -= 1;
    const status = statusOfLive(fold, actor);
    counts[status === 'running' ? 'running' : status === 'retrying' ? 'retrying' : 'waiting'] += 1;
  }
  return counts;
}

/** Not the ballot of a vote, the question of an agent, or a compensation. */
function isStepOfItsOwn({ kind, context }: LiveStep): boolean {
  if (context.partOf !== undefined || context.isPart === true) return false;
  return kind !== 'agent' || !isBallotStep(context.world().stepsById.get(context.step));
}

const KEYS = ['total', 'waiting', 'running', 'succeeded', 'failed', 'retrying'] as const;
const NOTHING = { total: 0, waiting: 0, running: 0, succeeded: 0, failed: 0, retrying: 0 };
