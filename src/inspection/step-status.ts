import { approvalRunOf } from '../../machines/approval.ts';
import { turnoutOf } from '../../machines/consensus/poll.ts';
import type { StepResult } from '../../machines/ledger.ts';
import type { Fold } from '../engine/fold.ts';
import type { LANE_STATUS } from './documents.ts';
import type { PlanRun } from './plan-runs.ts';

export type StepStatus = (typeof LANE_STATUS)[number];

/** Where runs of steps stand, in the few words that the page has colours for. Made once for a state, then asked for each run. */
export class Statuses {
  readonly #fold: Fold;
  readonly #undoing: ReadonlySet<string>;

  constructor(fold: Fold) {
    this.#fold = fold;
    this.#undoing = undoingIn(fold);
  }

  of({ run, phase }: Pick<PlanRun, 'run' | 'phase'>): StepStatus {
    const live = this.#fold.world.steps.get(run);
    if (live !== undefined) return statusOfLive(this.#fold, live);
    const result = this.#fold.world.ledger.phases.get(phase.name)?.results.get(run);
    if (this.#undoing.has(run)) return 'undoing';
    return result === undefined ? 'pending' : statusOfResult(result);
  }
}

function statusOfResult({ status }: Pick<StepResult, 'status'>): StepStatus {
  return status;
}

type Actor = NonNullable<ReturnType<Fold['world']['steps']['get']>>;

/** Offered again after a failure is `retrying`, as is the wait before that. */
export function statusOfLive(fold: Fold, actor: Actor): StepStatus {
  const { value, context } = actor.getSnapshot();
  switch (actor.src) {
    case 'agent':
      if (value === 'backingOff') return 'retrying';
      if (value === 'offered') return fold.world.ledger.lastErrors.has(context.run) ? 'retrying' : 'waiting';
      return value === 'asking' ? 'person' : 'running';
    case 'wait':
      return 'waiting';
    case 'approval':
      return value === 'pending' ? 'person' : 'running';
    case 'consensus':
      if (value === 'asking') return 'person';
      return value === 'voting' && onlyPeopleMissing(fold, context) ? 'person' : 'running';
    default:
      return 'running';
  }
}

/** Agents have voted, or sealed their votes; people have not. */
function onlyPeopleMissing({ world }: Fold, context: Parameters<typeof turnoutOf>[1]): boolean {
  const { missing } = turnoutOf(world, context);
  return missing.length > 0 && missing.every((name) => name.startsWith('person:'));
}

/** Runs whose compensation is under way, or about which people are asked when it failed. */
function undoingIn({ world }: Fold): ReadonlySet<string> {
  const plan = world.ledger.rollback?.plan ?? [];
  const live = plan.filter(({ run }) => world.steps.has(run) || world.steps.has(approvalRunOf(run)));
  return new Set(live.map(({ step }) => step));
}
