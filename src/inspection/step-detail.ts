import type { AnyActorRef } from 'xstate';
import type { Fold } from '../engine/fold.ts';
import { stepReportOf } from '../engine/report.ts';
import type { Attempt } from '../history/attempts.ts';
import type { Json } from '../json.ts';
import type { Position } from '../ports/event-log.ts';
import { ballotRowsOf } from './ballots.ts';
import type { StepDetail } from './documents.ts';
import { planRunOf } from './plan-runs.ts';
import { runTitle } from './run-title.ts';
import { inputOf } from './step-input.ts';
import { Statuses } from './step-status.ts';
import { pathOf } from './trace.ts';
import { type WhyOptions, whyStep } from './why.ts';

/** What the log tells of the step beside the state. */
export interface StepPast {
  readonly attempts: readonly Attempt[];
  readonly positions: readonly Position[];
}

/** All about one run of a step; undefined when the task has none of that id, or its items are not known yet. */
export function stepDetailOf(
  fold: Fold,
  run: string,
  { attempts, positions }: StepPast,
  options: WhyOptions,
): StepDetail | undefined {
  const planned = planRunOf(fold, run);
  if (planned === undefined) return undefined;
  const { step, phase } = planned;
  const report = stepReportOf(fold, planned, options.now);
  return {
    id: run,
    title: runTitle(fold, planned),
    phase: phase.name,
    status: new Statuses(fold).of(planned),
    report,
    input: inputOf(fold, planned),
    attempts,
    why: fold.hasEnded ? [] : whyStep(fold, run, options),
    ballots: ballotRowsOf(fold, run),
    poll: report.poll ?? null,
    positions,
    definition: JSON.parse(JSON.stringify(step)) as Json,
    actor: actorOf(fold, run),
  };
}

function actorOf({ world }: Fold, run: string): string | null {
  const actor: AnyActorRef | undefined = world.steps.get(run);
  return actor === undefined ? null : pathOf(actor);
}
