import type { AnyActorRef } from 'xstate';
import type { PhaseDefinition } from '../src/task/definition.ts';
import type { ExecutionContext, ExecutionEvent, PhaseStanding } from './execution-context.ts';
import { beginMeasure, withReaction } from './execution-rollback.ts';
import { type ExecutionError, type PhaseEnd, withoutDetails } from './ledger.ts';
import { pickExecutionOutputs } from './outputs.ts';
import type { PhaseInput } from './phase.ts';
import type { World } from './world.ts';

/** What the root decides, as functions from its context; the statechart says when. */

/** Phases that a retry would have run again and that did not get their turn stand as they ended before. */
export function asTheyEnded(context: ExecutionContext): ExecutionContext['phases'] {
  const { ledger } = context.world();
  const standings = Object.entries(context.phases).map(([name, standing]) => {
    const ended = standing === 'waiting' ? ledger.phases.get(name)?.summary?.status : undefined;
    return [name, ended ?? standing] as const;
  });
  return Object.fromEntries(standings);
}

export function pausedForMs(context: ExecutionContext): number {
  return context.pausedAt === undefined ? 0 : context.world().now - context.pausedAt;
}

export function notePhase(context: ExecutionContext, event: ExecutionEvent): Partial<ExecutionContext> {
  if (event.type !== 'phase.ended') return {};
  const world = context.world();
  const summary = world.ledger.phases.get(event.name)?.summary;
  const phase = world.phases.get(event.name);
  if (summary === undefined || phase === undefined) return {};
  return {
    phases: { ...context.phases, [event.name]: summary.status },
    ...failureOf(context, phase, event.isFinal),
    ...checkpointOf(context, phase, summary.status),
  };
}

/** A failed phase fails the execution, unless the file says to go on without it. */
function failureOf(
  context: ExecutionContext,
  phase: PhaseDefinition,
  isFinal: boolean,
): Partial<ExecutionContext> {
  const world = context.world();
  const summary = world.ledger.phases.get(phase.name)?.summary;
  if (summary?.status !== 'failed' || context.error !== undefined) return {};
  const reaction = phase.onFailure ?? world.definition.onFailure;
  const error = summary.error ?? {
    code: 'PHASE_FAILED',
    message: `Phase ${phase.name} failed.`,
    phase: phase.name,
  };
  if (reaction === 'continue' && !isFinal && error.rollback === undefined) return {};
  return { error: withReaction(withoutDetails(error), reaction) };
}

function checkpointOf(
  context: ExecutionContext,
  phase: PhaseDefinition,
  status: PhaseEnd,
): Partial<ExecutionContext> {
  if (status !== 'completed' || phase.checkpoint === undefined || phase.checkpoint === false) return {};
  const { position, now } = context.world();
  const name = phase.checkpoint === true ? phase.name : phase.checkpoint;
  return {
    checkpoints: [...context.checkpoints, { name, position, phase: phase.name, at: now }],
    ...beginMeasure(context, position, phase.name),
  };
}

/** Brings phases to life and lets those waiting begin, in file order; gives where all of them stand then. */
export function advance(
  context: ExecutionContext,
  self: AnyActorRef,
  spawn: (input: PhaseInput) => AnyActorRef,
): ExecutionContext['phases'] {
  // While the artifacts of a checkpoint are measured nothing begins that may change them.
  if (context.error !== undefined || context.measuring !== undefined) return context.phases;
  const world = context.world();
  const { phases: all, concurrency } = world.definition;
  // A map, since a phase may be named `constructor`.
  const phases = new Map(Object.entries(context.phases));
  const isReady = (dependsOn: readonly string[]) => dependsOn.every((needed) => isMet(phases.get(needed)));
  let active = 0;
  for (const standing of phases.values()) if (standing === 'admitted') active += 1;
  for (const [index, { name, dependsOn }] of all.entries()) {
    const standing = phases.get(name);
    // A phase that is tried again may depend on another that is.
    if ((standing !== undefined && standing !== 'waiting') || !isReady(dependsOn)) continue;
    const isAdmitted = active < (concurrency.phases ?? Number.POSITIVE_INFINITY);
    const actor =
      standing === undefined ? spawn({ world: context.world, name, index }) : phaseActor(self, index);
    if (isAdmitted && actor !== undefined) world.admits.push(actor);
    phases.set(name, isAdmitted ? 'admitted' : 'waiting');
    if (isAdmitted) active += 1;
  }
  return Object.fromEntries(phases);
}

function phaseActor(self: AnyActorRef, index: number): AnyActorRef | undefined {
  return (self.getSnapshot() as { children: { readonly [id: string]: AnyActorRef } }).children[
    phaseId(index)
  ];
}

export function phaseId(index: number): string {
  return `phase-${index}`;
}

/** A failed phase that got here was allowed to fail: the ones after it go on without its outputs. */
function isMet(standing: PhaseStanding | undefined): boolean {
  return standing === 'completed' || standing === 'skipped' || standing === 'failed';
}

export function conclude(context: ExecutionContext): Partial<ExecutionContext> {
  const world: World = context.world();
  if (context.error !== undefined || context.conclusion !== undefined || context.measuring !== undefined)
    return {};
  const phases = new Map(Object.entries(context.phases));
  if (!world.definition.phases.every((phase) => isMet(phases.get(phase.name)))) return {};
  const picked = pickExecutionOutputs(world.ledger, world.definition);
  switch (picked.kind) {
    case 'picked':
      world.ledger.outputs = picked.outputs;
      return { conclusion: 'done' };
    case 'evaluate':
      return { conclusion: 'evaluate' };
    case 'missing':
      return {
        conclusion: 'missing',
        error: withReaction(
          {
            code: 'OUTPUT_MISSING',
            message: `The task lists the output "${picked.name}", but ${picked.looked}.`,
          },
          world.definition.onFailure,
        ),
      };
  }
}

export function errorOf(context: ExecutionContext, event: ExecutionEvent): ExecutionError | undefined {
  const { onFailure, maxExecutionTimeMs } = context.world().definition;
  switch (event.type) {
    case 'unfoldable':
      return event.error;
    case 'budget.exceeded':
      return withReaction(event.error, onFailure);
    case 'inconclusive':
      return withReaction({ code: 'OUTPUT_MISSING', message: event.message }, onFailure);
    case 'timer.fired':
      return withReaction(
        {
          code: 'EXECUTION_TIMED_OUT',
          message: `The execution took longer than maxExecutionTime, ${maxExecutionTimeMs} ms.`,
        },
        onFailure,
      );
    default:
      return context.error;
  }
}
