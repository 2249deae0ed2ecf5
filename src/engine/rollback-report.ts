import { approvalRunOf } from '../../machines/approval.ts';
import type { Decision } from '../../machines/approval-standing.ts';
import type { RollbackRequest } from '../../machines/execution-context.ts';
import { positionOf } from '../../machines/execution-rollback.ts';
import type { Difference, Rollback, StepResult, Undoing } from '../../machines/ledger.ts';
import { planOf } from '../../machines/rollback-plan.ts';
import { isoTime } from '../iso-time.ts';
import type { Fold } from './fold.ts';

/** The newest rollback of an execution, as people and scripts see it. */
export interface RollbackReport {
  /** From 1. */
  readonly number: number;
  /** Name of the checkpoint; null: everything, or one step. */
  readonly to: string | null;
  readonly step?: string | undefined;
  readonly afterwards: 'stop' | 'continue';
  /** It would have gone on, but was rolled back too often before. */
  readonly limited?: true | undefined;
  readonly reason: string;
  readonly by: string | null;
  /** Who wanted it. */
  readonly origin: Rollback['origin'];
  /** `draining`, `compensating`, `asking`, `measuring`, or how it ended: `undone`, `failed`, `aborted`. */
  readonly status: string;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** In the order in which they are undone. */
  readonly plan: readonly UndoingReport[];
  readonly compensated: readonly string[];
  readonly skipped: readonly string[];
  readonly failed: readonly string[];
  /** Whether the artifacts are those of the checkpoint; null where nothing was compared, or not yet. */
  readonly verified: boolean | null;
  readonly differences: readonly Difference[];
  /** Why the artifacts could not be compared. */
  readonly unmeasured?: string | undefined;
}

export interface UndoingReport {
  /** The run that is undone. */
  readonly step: string;
  /** The run of the step that undoes it. */
  readonly compensation: string;
  /** No outcome of it was accepted: it may never have happened. */
  readonly uncertain: boolean;
  readonly agent: string | null;
  /** `pending`, `compensated`, `failed`, `skipped`, or where its compensation stands; `asking`: people are asked whether to go on without it. */
  readonly status: string;
  readonly attempts: number;
  readonly error: string | null;
  /** What people said when it had failed. */
  readonly decision?: Decision | undefined;
}

/** What a rollback would do, in order. */
export interface RollbackPreview {
  readonly execution: string;
  readonly to: string | null;
  readonly step?: string | undefined;
  readonly afterwards: 'stop' | 'continue';
  readonly plan: readonly Pick<UndoingReport, 'step' | 'compensation' | 'uncertain' | 'agent'>[];
  /** What was done in that time, says that it leaves something, and has nothing that undoes it. */
  readonly left: readonly { readonly step: string; readonly effect: string }[];
  /** Attempts that have to end first. */
  readonly draining: readonly string[];
}

/** Undefined when nothing was ever rolled back. Pure. */
export function rollbackReportOf(fold: Fold): RollbackReport | undefined {
  const { rollback } = fold.world.ledger;
  if (rollback === undefined) return undefined;
  const { number, to, step, afterwards, limited, reason, by, origin, plan = [], unmeasured } = rollback;
  const stepsThat = (status: Undoing['status']): readonly string[] =>
    plan.filter((each) => each.status === status).map((each) => each.step);
  return {
    number,
    to: to ?? null,
    ...(step === undefined ? {} : { step }),
    afterwards,
    ...(limited === undefined ? {} : { limited }),
    reason,
    by: by ?? null,
    origin,
    status: rollback.outcome ?? stateOf(fold, number),
    startedAt: isoTime(rollback.beganAt),
    finishedAt: rollback.endedAt === undefined ? null : isoTime(rollback.endedAt),
    plan: plan.map((undoing) => undoingReport(fold, undoing)),
    compensated: stepsThat('compensated'),
    skipped: stepsThat('skipped'),
    failed: stepsThat('failed'),
    verified: rollback.verified ?? null,
    differences: rollback.differences ?? [],
    ...(unmeasured === undefined ? {} : { unmeasured }),
  };
}

/** What the request would do if it came now. Changes nothing. */
export function previewRollback(fold: Fold, { to, step, afterwards }: RollbackRequest): RollbackPreview {
  const { world, context } = fold;
  const target = to === 'start' ? undefined : to;
  const position = target === undefined ? 0 : (positionOf(context, target) ?? 0);
  const plan = planOf(world, { position, step });
  return {
    execution: world.execution,
    to: target ?? null,
    ...(step === undefined ? {} : { step }),
    afterwards:
      afterwards ?? (step === undefined ? world.definition.rollback?.afterwards : undefined) ?? 'stop',
    plan: plan.map((undoing) => ({
      step: undoing.step,
      compensation: undoing.run,
      uncertain: undoing.uncertain,
      agent: agentOf(fold, undoing),
    })),
    left: leftBehind(fold, position, step),
    draining: fold.claims().map((claim) => claim.step),
  };
}

function leftBehind(
  { world }: Fold,
  position: number,
  only: string | undefined,
): readonly { readonly step: string; readonly effect: string }[] {
  const results = [...world.ledger.phases.values()].flatMap((phase) => [...phase.results.values()]);
  return results
    .filter((result) => isLater(result, position))
    .flatMap(({ step: run }) => {
      const step = world.stepsById.get(run) ?? world.stepsById.get(run.replace(/_\d+$/, ''));
      if (step?.kind !== 'agent' || step.compensate !== undefined) return [];
      if (only !== undefined && only !== run && only !== step.id) return [];
      const { effect = 'none' } = step;
      return effect === 'none' ? [] : [{ step: run, effect }];
    });
}

function isLater({ status, position: endedAt = 0 }: StepResult, position: number): boolean {
  return status === 'succeeded' && endedAt > position;
}

function stateOf({ root }: Fold, number: number): string {
  const { children } = root.getSnapshot() as {
    children: { readonly [id: string]: { getSnapshot(): { readonly value: string } } | undefined };
  };
  return children[`rollback-${number}`]?.getSnapshot().value ?? 'draining';
}

function undoingReport(fold: Fold, undoing: Undoing): UndoingReport {
  const { step, run, uncertain, status, error, decision } = undoing;
  const isAsked = fold.world.steps.has(approvalRunOf(run));
  const live = fold.world.steps.get(run)?.getSnapshot();
  const result = fold.world.ledger.compensations.get(run);
  return {
    step,
    compensation: run,
    uncertain,
    agent: agentOf(fold, undoing),
    status: live !== undefined ? String(live.value) : isAsked ? 'asking' : status,
    attempts: live === undefined ? (result?.attempts ?? 0) : live.context.attempt,
    error: error ?? fold.world.ledger.lastErrors.get(run)?.message ?? null,
    ...(decision === undefined ? {} : { decision }),
  };
}

function agentOf({ world }: Fold, { step: run, run: own }: Undoing): string | null {
  const step = world.stepsById.get(world.ledger.deeds.get(run)?.step ?? '');
  const known = step?.kind === 'agent' ? step.compensate?.agent : undefined;
  return known ?? world.ledger.compensations.get(own)?.agent ?? null;
}
