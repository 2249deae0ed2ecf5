import type { StepError } from '../src/ports/agent-request.ts';
import type { StepDefinition } from '../src/task/definition.ts';
import { isBallotStep } from './derived-steps.ts';
import type { StepResult } from './ledger.ts';
import { stepOf, type WorldRef } from './world.ts';

/** What every actor of a step knows of itself, whatever its kind. */
export interface StepIdentity {
  readonly world: WorldRef;
  readonly phase: string;
  /** Id of the step in the definition. */
  readonly step: string;
  /** Id of this run of it; differs from `step` in a `forEach` phase. */
  readonly run: string;
  /** Place in the phase's program. */
  readonly index: number;
  /** Place of the item in `forEach`, from 0. */
  readonly item: number | undefined;
  /** The phase's slot that this actor fills: a fixed child id, see DESIGN section 4. */
  readonly slot: number;
  /** Number of this try's first attempt. Attempts count on over the tries of a phase, so that no id is used twice (I1). */
  readonly firstAttempt: number;
  /** What it is a part of, where that is no phase; its result is then kept apart. */
  readonly partOf?: 'rollback' | undefined;
}

export type StepInput = StepIdentity;

export function stepDefinition(context: StepIdentity): StepDefinition {
  return stepOf(context.world(), context.step);
}

/** Names the step's run, the attempt and the deadline: a timer of an earlier state or before a shift matches no more. */
export function timerId(context: StepIdentity, attempt: number, dueAt: number): string {
  return `step/${context.run}/${attempt}/${dueAt}`;
}

interface Deadline {
  readonly dueAt: number | undefined;
}

/** Whether the event is the timer of the present deadline, and not before its time. */
export function isStepDue(
  context: StepIdentity & Deadline,
  attempt: number,
  event: { readonly type: string; readonly timerId?: string },
): boolean {
  return (
    event.type === 'timer.fired' &&
    context.dueAt !== undefined &&
    context.world().now >= context.dueAt &&
    event.timerId === timerId(context, attempt, context.dueAt)
  );
}

/** The deadline after a pause, later by as long as it took. */
export function shifted(
  { dueAt }: Deadline,
  event: { readonly type: string; readonly byMs?: number },
): Partial<Deadline> {
  return event.type === 'shift' && dueAt !== undefined ? { dueAt: dueAt + (event.byMs ?? 0) } : {};
}

/** A step that the owner itself carries out has one attempt per try. */
export function attemptOf({ firstAttempt }: StepIdentity): { attempts: number; lastAttempt: number } {
  return { attempts: firstAttempt, lastAttempt: firstAttempt };
}

/** Remembers why the last attempt failed, for the next one; what agents say stays out of the actors' contexts. */
export function keepError(context: StepIdentity, error: StepError): void {
  context.world().ledger.lastErrors.set(context.run, error);
}

export function lastError(context: StepIdentity): StepError | undefined {
  return context.world().ledger.lastErrors.get(context.run);
}

/** Writes how the step ended into the ledger. */
export function endStep(
  context: StepIdentity & { readonly offeredAt: number },
  end: Omit<StepResult, 'step' | 'index' | 'kind' | 'startedAt' | 'endedAt'>,
): void {
  const world = context.world();
  const definition = stepDefinition(context);
  world.steps.delete(context.run);
  world.ledger.lastErrors.delete(context.run);
  world.ledger.completions.delete(context.run);
  world.ledger.answers.delete(context.run);
  const results =
    context.partOf === 'rollback' ? world.ledger.compensations : world.ledger.phase(context.phase).results;
  results.set(context.run, {
    step: context.run,
    index: context.index,
    kind: isBallotStep(definition) ? 'ballot' : definition.kind,
    ...end,
    startedAt: context.offeredAt,
    endedAt: world.now,
    ...(world.foldVersion < 2 ? {} : { position: world.position }),
  });
}
