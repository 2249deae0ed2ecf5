import type { AnyActorRef } from 'xstate';
import type { AgentInput } from './agent-context.ts';
import type { ApprovalInput } from './approval.ts';
import type { PhaseContext } from './phase-context.ts';
import type { ProgramEntry } from './program.ts';
import type { StepInput } from './step.ts';
import type { World } from './world.ts';

/** The window of a phase: which actor performs which step. */

/** Kinds of actors that perform steps. */
export type StepActor = 'agent' | 'evaluation' | 'wait' | 'approval' | 'consensus';

export type StartStep = (src: StepActor, slot: number, entry: ProgramEntry, role: string) => void;

/** Spawns a step's actor into a slot. */
export function spawner(context: PhaseContext, spawn: PhaseSpawner, self: AnyActorRef): StartStep {
  const world = context.world();
  const { results } = world.ledger.phase(context.name);
  // While the phase is being created there is neither a snapshot to read nor a slot that was used.
  const present = context.usedSlots === 0 ? {} : childrenOf(self);
  return (src, slot, entry, role) => {
    const input = {
      world: context.world,
      phase: context.name,
      step: entry.step.id,
      run: entry.run,
      index: entry.index,
      item: entry.item,
      slot,
      firstAttempt: (results.get(entry.run)?.lastAttempt ?? 0) + 1,
    };
    if (src !== 'agent') {
      spawn(src as 'wait', { id: evaluationId(slot), input });
      return;
    }
    const id = `slot-${slot}`;
    const actor = present[id];
    if (actor === undefined) spawn('agent', { id, input: { ...input, role } });
    else world.begins.push({ actor, input: { ...input, role } });
  };
}

/** Gives the next steps to slots whose actors are free. */
export function handOver({ begins }: World): void {
  for (const { actor, input } of begins.splice(0)) actor.send({ type: 'begin', ...input });
}

/** In the order of their slots: that of the children is another one after a restore, and the steps end in this order. */
export function liveSteps(phase: AnyActorRef): readonly AnyActorRef[] {
  const { children } = phase.getSnapshot() as { children: { readonly [id: string]: AnyActorRef } };
  return Object.values(children)
    .filter((child) => !child.getSnapshot().hasTag('ended') && !isQuestion(child))
    .sort((a, b) => a.getSnapshot().context.slot - b.getSnapshot().context.slot);
}

/** Of the phase itself, and no step. */
function isQuestion(child: AnyActorRef): boolean {
  return child.src === 'approval' && child.getSnapshot().context.isPart;
}

/** Whether it starts something when its turn comes, and so is held back while people are asked whether its phase goes on. */
export function isHoldable(actor: AnyActorRef): boolean {
  const { value } = actor.getSnapshot();
  if (actor.src === 'consensus') return value === 'voting';
  return actor.src === 'agent' && (value === 'offered' || value === 'backingOff');
}

/** Steps that the owner works out and waits have actors of their own, stopped when they end. */
export function evaluationId(slot: number): string {
  return `evaluation-${slot}`;
}

export interface PhaseSpawner {
  (src: 'agent', options: { id: string; input: AgentInput }): unknown;
  (src: Exclude<StepActor, 'agent' | 'approval'>, options: { id: string; input: StepInput }): unknown;
  (src: 'approval', options: { id: string; input: ApprovalInput }): unknown;
}

function childrenOf(actor: AnyActorRef): { readonly [id: string]: AnyActorRef } {
  return (actor.getSnapshot() as { children: { readonly [id: string]: AnyActorRef } }).children;
}
