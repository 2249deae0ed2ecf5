import type { AnyActorRef } from 'xstate';
import { isReminder } from '../../../machines/approval.ts';
import type { Fold } from '../../engine/fold.ts';
import { pendingApprovalsOf } from '../../engine/pending-approvals.ts';
import type { Json } from '../../json.ts';
import type { StepDefinition } from '../../task/definition.ts';
import type { Outside, SignalSource } from './outside.ts';

/** A record that can still come and that the execution would take a step with. */
export type Move =
  /** `deadline`: it only gives something up. `retry`: it goes on with something. */
  | {
      readonly kind: 'timer';
      readonly timerId: string;
      readonly dueAt: number;
      readonly purpose: 'deadline' | 'retry';
    }
  | { readonly kind: 'report'; readonly step: string; readonly host: string }
  | { readonly kind: 'claim'; readonly step: string; readonly role: string }
  | { readonly kind: 'evaluation'; readonly evaluationId: string }
  | { readonly kind: 'signal'; readonly source: SignalSource }
  | { readonly kind: 'decision'; readonly step: string };

/**
 * Every record that could come next, apart from what persons send of their own accord, and that would move the execution. State
 * changes by records alone: when there is none, nothing moves any more, however long one waits.
 */
export function movesOf(fold: Fold, outside: Outside): readonly Move[] {
  if (fold.hasEnded || fold.status === 'suspended') return [];
  // A host that keeps a sealed vote says nothing until it is asked.
  const moves: Move[] = fold
    .claims()
    .filter(({ ballot }) => ballot !== 'sealed')
    .map(({ step, host }) => ({ kind: 'report', step, host }));
  for (const effect of fold.owed()) {
    switch (effect.kind) {
      case 'offer':
        if (outside.hasHost(effect.role)) moves.push({ kind: 'claim', step: effect.step, role: effect.role });
        break;
      case 'evaluate':
        moves.push({ kind: 'evaluation', evaluationId: effect.id });
        break;
      case 'timer':
        // It tells people, and moves nothing.
        if (isReminder(effect.id)) break;
        moves.push({
          kind: 'timer',
          timerId: effect.id,
          dueAt: effect.dueAt,
          purpose: purposeOf(fold, effect.id),
        });
        break;
      case 'cancel':
        // Its claim is live and listed above.
        break;
    }
  }
  for (const source of outside.signals ?? []) {
    if (source.isCaused && !source.isSent && takersOf(fold, source).length > 0)
      moves.push({ kind: 'signal', source });
  }
  for (const { step } of pendingApprovalsOf(fold))
    if (outside.decisions?.has(step) === true) moves.push({ kind: 'decision', step });
  return moves;
}

/** Live waits that would end with the signal. */
function takersOf(fold: Fold, { name, payload }: SignalSource): readonly AnyActorRef[] {
  return waitsFor(fold, name).filter((actor) => misfitsOf(fold, actor, payload).length === 0);
}

function waitsFor(fold: Fold, signal: string): readonly AnyActorRef[] {
  return [...fold.world.steps.values()].filter(
    (actor) => actor.src === 'wait' && actor.getSnapshot().context.signal === signal,
  );
}

/** What is wrong with the payload for the wait, in words; empty when it fits. */
export function misfitsOf(fold: Fold, wait: AnyActorRef, payload: Json): readonly string[] {
  const { step } = wait.getSnapshot().context as { readonly step: string };
  const definition: StepDefinition | undefined = fold.world.stepsById.get(step);
  if (definition?.kind !== 'wait' || definition.schema === undefined) return [];
  return fold.world.rules.misfits(definition.schema, payload);
}

/** A backoff goes on with what it is about, and an escalation asks others; every other timer ends something. */
function purposeOf(fold: Fold, timerId: string): 'deadline' | 'retry' {
  const [kind, name = ''] = timerId.split('/', 2);
  if (kind === 'execution') return 'deadline';
  if (kind === 'step' && timerId.split('/')[3] === 'escalate') return 'retry';
  const actor =
    kind === 'step'
      ? fold.world.steps.get(name)
      : (fold.root.getSnapshot().children as { readonly [id: string]: AnyActorRef | undefined })[
          `phase-${name}`
        ];
  return actor?.getSnapshot().value === 'backingOff' ? 'retry' : 'deadline';
}
