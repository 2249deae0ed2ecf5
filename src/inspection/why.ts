import type { Fold } from '../engine/fold.ts';
import type { Reason, Surroundings, Why } from './documents.ts';
import { type Cause, headlineOf } from './why/cause.ts';
import { nextOf } from './why/deadlines.ts';
import { phaseCauses } from './why/phases.ts';
import { rollbackCauses } from './why/rollback.ts';
import { claimCauses, heldCause } from './why/standing.ts';
import { stepCauses } from './why/steps.ts';

export interface WhyOptions {
  /** Ms since 1970: how long ago something was is told from here. */
  readonly now: number;
  /** Null: not known, or not of this moment. */
  readonly surroundings: Surroundings | null;
}

/** Why the execution is where it is. Pure; made at every change, so its cost is that of what is live. */
export function whyOf(fold: Fold, options: WhyOptions): Why {
  const causes = causesOf(fold, options).sort((a, b) => a.rank - b.rank);
  const undriven = undrivenCause(fold, options);
  const all = undriven === undefined ? causes : [undriven, ...causes];
  return {
    kind: kindOf(fold, causes, undriven),
    headline: headlineOf(fold, all),
    reasons: all.map(({ reason }) => reason),
    next: nextOf(fold),
  };
}

/** Why one step is where it is; empty once it has ended. */
export function whyStep(fold: Fold, run: string, options: WhyOptions): readonly Reason[] {
  const own = new Set([run, `${run}.approval`]);
  return stepCauses(fold, { ...options, each: true })
    .filter(({ reason }) => reason.step !== null && own.has(reason.step))
    .map(({ reason }) => reason);
}

function causesOf(fold: Fold, options: WhyOptions): Cause[] {
  if (fold.hasEnded) return [];
  switch (fold.status) {
    case 'suspended':
      return [heldCause(fold)];
    case 'pausing':
      return [...claimCauses(fold, options), heldCause(fold), ...peopleOnly(stepCauses(fold, options))];
    case 'paused':
      return [heldCause(fold), ...peopleOnly(stepCauses(fold, options))];
    case 'rollingBack':
      return [...rollbackCauses(fold, options), ...stepCauses(fold, options)];
    default:
      return [...stepCauses(fold, options), ...phaseCauses(fold)];
  }
}

/** What people are asked they may answer while it is paused. */
function peopleOnly(causes: readonly Cause[]): readonly Cause[] {
  return causes.filter(({ kind }) => kind === 'person');
}

function undrivenCause(fold: Fold, { surroundings }: WhyOptions): Cause | undefined {
  if (fold.hasEnded || surroundings?.isDriven !== false) return undefined;
  return {
    rank: 0,
    kind: 'held',
    short: 'no living process drives it',
    reason: {
      text: 'No living process drives it: nothing happens until one goes on with it.',
      who: [`troupe resume ${fold.world.execution}`],
      since: null,
      until: null,
      otherwise: null,
      isAlarming: true,
      step: null,
    },
  };
}

function kindOf(fold: Fold, causes: readonly Cause[], undriven: Cause | undefined): Why['kind'] {
  if (fold.hasEnded) return 'nobody';
  const kinds = new Set(causes.map(({ kind }) => kind));
  if (kinds.has('person')) return 'person';
  if (undriven !== undefined || fold.status === 'paused' || fold.status === 'suspended') return 'held';
  if (kinds.has('moving') || fold.status === 'pausing') return 'moving';
  if (kinds.has('waiting')) return 'waiting';
  return kinds.has('dead') || fold.status === 'running' ? 'dead' : 'held';
}
