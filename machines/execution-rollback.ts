import type { AnyActorRef } from 'xstate';
import type { Reaction } from '../src/task/definition.ts';
import type { ExecutionContext, ExecutionEvent, RollbackOutcome } from './execution-context.ts';
import type { ExecutionError, PhaseProduce, Rollback, RollbackDemand } from './ledger.ts';
import { isReachable } from './rollback-plan.ts';
import type { World } from './world.ts';

/** What the root decides about rollbacks, as functions from its context; the statechart says when. */

/** How often an execution goes on after a rollback when the task does not say. */
const MAX_ROLLBACKS = 3;

/** The error as the file wants it answered. What a step demanded itself comes before that. */
export function withReaction(error: ExecutionError, reaction: Reaction): ExecutionError {
  if (error.rollback !== undefined || typeof reaction === 'string') return error;
  return { ...error, rollback: { ...reaction.rollback, reason: error.message } };
}

/** What is asked for now: by the record, else by what went wrong. */
function demandIn(context: ExecutionContext, event: ExecutionEvent): Demand | undefined {
  if (context.world().foldVersion < 2) return undefined;
  if (event.type === 'rollback') {
    const { to, step, afterwards, reason = 'A person asked for it.', by } = event;
    return { to: to === 'start' ? undefined : to, step, afterwards, reason, by, origin: 'person' };
  }
  if (event.type === 'abort') {
    if (event.rollback !== true) return undefined;
    const { reason = 'The execution was aborted.', by } = event;
    return { afterwards: 'stop', reason, by, origin: 'person' };
  }
  const demand = context.error?.rollback;
  return demand && { ...demand, origin: demand.by === undefined || isOfApproval(context) ? 'task' : 'agent' };
}

/** Who rejects says no; that it leads to a rollback is the file's word. */
function isOfApproval({ error, world }: ExecutionContext): boolean {
  return error?.step !== undefined && world().stepsById.get(error.step)?.kind === 'approval';
}

type Demand = RollbackDemand & Pick<Rollback, 'origin'>;

/** Whether the demand can be followed: one step alone is undone to stop there, since what came after it would not fit any more. */
export function mayRollBack(context: ExecutionContext, event: ExecutionEvent): boolean {
  const demand = demandIn(context, event);
  if (demand === undefined || (demand.step !== undefined && demand.afterwards === 'continue')) return false;
  return isReachable(context.world(), demand, (name) => positionOf(context, name));
}

/** Position of the checkpoint of that name that was made last. */
export function positionOf(
  { checkpoints }: Pick<ExecutionContext, 'checkpoints'>,
  name: string,
): number | undefined {
  return checkpoints.findLast((checkpoint) => checkpoint.name === name)?.position;
}

/** The error of a failure that was to be undone and could not, with why nothing was. */
export function explained(error: ExecutionError | undefined): ExecutionError | undefined {
  if (error?.rollback === undefined) return error;
  const { rollback, ...rest } = error;
  const why = rollback.to === undefined ? '' : ` There is no checkpoint "${rollback.to}" to go back to.`;
  return { ...rest, message: `${error.message} Nothing was undone.${why}` };
}

/** Enters the demand into the ledger. */
export function beginRollback(context: ExecutionContext, event: ExecutionEvent): Partial<ExecutionContext> {
  const demand = demandIn(context, event);
  if (demand === undefined) return {};
  const { ledger, definition, now } = context.world();
  const { to, step, reason, by, origin } = demand;
  const number = ledger.rollbacks.length + 1;
  const wanted =
    demand.afterwards ?? (step === undefined ? definition.rollback?.afterwards : undefined) ?? 'stop';
  const isLimited = wanted === 'continue' && origin !== 'person' && hasGoneOnOften(context);
  ledger.rollbacks.push({
    number,
    ...(to === undefined ? {} : { to }),
    position: to === undefined ? 0 : (positionOf(context, to) ?? 0),
    ...(step === undefined ? {} : { step }),
    afterwards: isLimited ? 'stop' : wanted,
    ...(isLimited ? { limited: true as const } : {}),
    reason,
    ...(by === undefined ? {} : { by }),
    origin,
    beganAt: now,
  });
  return { rollback: number, endedAt: undefined, measuring: undefined };
}

function hasGoneOnOften(context: ExecutionContext): boolean {
  const { ledger, definition } = context.world();
  const gone = ledger.rollbacks.filter(
    ({ afterwards, origin }) => afterwards === 'continue' && origin !== 'person',
  );
  return gone.length >= (definition.rollback?.maxRollbacks ?? MAX_ROLLBACKS);
}

export function afterwardsOf(context: ExecutionContext): Rollback['afterwards'] {
  return context.world().ledger.rollback?.afterwards ?? 'stop';
}

export function endRollback(context: ExecutionContext, outcome: RollbackOutcome): Partial<ExecutionContext> {
  const { ledger, now } = context.world();
  const { rollback } = ledger;
  if (rollback === undefined) return {};
  ledger.changeRollback(rollback.number, { outcome, endedAt: now });
  if (outcome === 'failed') return { error: failureOf(rollback) };
  if (outcome === 'aborted') return {};
  // Later checkpoints are of what is no more.
  const checkpoints =
    rollback.step === undefined
      ? context.checkpoints.filter(({ position }) => position <= rollback.position)
      : context.checkpoints;
  if (rollback.step === undefined) ledger.outputs = undefined;
  const error = context.error?.code === 'COMPENSATION_FAILED' ? undefined : context.error;
  return { checkpoints, rollback: undefined, error };
}

function failureOf({ plan = [] }: Rollback): ExecutionError {
  const left = plan.filter(({ status }) => status === 'failed' || status === 'pending');
  const failed = left.find(({ status }) => status === 'failed');
  const { by } = failed?.decision ?? {};
  const said = by === undefined ? '' : ` ${by} did not want it left.`;
  const names = left.map(({ step }) => step);
  const shown =
    names.length > 10 ? `${names.slice(0, 10).join(', ')} and ${names.length - 10} more` : names.join(', ');
  return {
    code: 'COMPENSATION_FAILED',
    message: `${failed?.step ?? 'A step'} could not be undone: ${failed?.error ?? 'its compensation failed'}.${said} Not undone: ${shown}.`,
    ...(failed === undefined ? {} : { step: failed.step }),
  };
}

/**
 * Everything as it was at the checkpoint: what ended later did not end, and its phases wait for their turn again. Attempts and tries
 * count on.
 */
export function goBack(
  context: ExecutionContext,
  phaseActor: (index: number) => AnyActorRef | undefined,
): ExecutionContext {
  const world = context.world();
  const position = world.ledger.rollback?.position ?? 0;
  const standings = new Map(Object.entries(context.phases));
  world.ledger.outputs = undefined;
  for (const [index, { name }] of world.definition.phases.entries()) {
    const produce = world.ledger.phases.get(name);
    const actor = phaseActor(index);
    if (actor === undefined || standsAt(produce, position)) continue;
    if (produce !== undefined) forgetAfter(produce, position);
    actor.send({ type: 'reset' });
    standings.set(name, 'waiting');
  }
  return {
    ...context,
    phases: Object.fromEntries(standings),
    error: undefined,
    conclusion: undefined,
    endedAt: undefined,
    reason: undefined,
    retries: context.retries + 1,
  };
}

/** Whether the phase had ended at that position, for good. */
function standsAt(produce: PhaseProduce | undefined, position: number): boolean {
  const { summary } = produce ?? {};
  return summary !== undefined && summary.status !== 'cancelled' && (summary.position ?? 0) <= position;
}

function forgetAfter(produce: PhaseProduce, position: number): void {
  let isKept = false;
  for (const [run, result] of produce.results) {
    if ((result.position ?? 0) <= position) isKept ||= result.status === 'succeeded';
    else if (result.status === 'succeeded') produce.results.set(run, { ...result, status: 'undone' });
  }
  delete produce.summary;
  delete produce.outputs;
  // What was done for an item goes on with the same items.
  if (isKept) return;
  delete produce.items;
  delete produce.roles;
}

/** The start holds what any phase names; later checkpoints what the task names and the phases that have ended. */
function artifactsOf(
  { definition, ledger }: World,
  phase: string | undefined,
  isStart: boolean,
): readonly string[] {
  const own = definition.phases
    .filter(({ name }) => isStart || name === phase || ledger.phases.get(name)?.summary !== undefined)
    .flatMap(({ artifacts = [] }) => artifacts);
  return [...new Set([...(definition.checkpointArtifacts ?? []), ...own])];
}

/** Has the artifacts of a checkpoint measured. @param position of the checkpoint; 0 is the start */
export function beginMeasure(
  context: ExecutionContext,
  position: number,
  phase?: string,
): Pick<ExecutionContext, 'measuring'> {
  const world = context.world();
  if (world.foldVersion < 2) return {};
  const paths = artifactsOf(world, phase, position === 0);
  if (paths.length === 0) return {};
  world.ledger.measures.set(position, { paths });
  return { measuring: [...(context.measuring ?? []), position] };
}

/** Keeps the first result for the checkpoint. */
export function endMeasure(context: ExecutionContext, event: ExecutionEvent): Partial<ExecutionContext> {
  if (event.type !== 'measured') return {};
  const { position, result } = event;
  const { measures } = context.world().ledger;
  measures.set(position, { paths: measures.get(position)?.paths ?? [], ...result });
  const left = (context.measuring ?? []).filter((other) => other !== position);
  return { measuring: left.length === 0 ? undefined : left };
}
