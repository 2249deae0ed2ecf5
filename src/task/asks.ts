import type { DeadlineReaction, Limit, People, StepDefinition, TaskDefinition } from './definition.ts';

/** What a task asks people: by steps of its own, and by what else may ask. */

/** Of one step. */
export function peopleOf(step: StepDefinition): People | undefined {
  if (step.kind === 'approval') return step.ask;
  if (step.kind !== 'consensus' || typeof step.onDeadlock !== 'object') return undefined;
  return 'approval' in step.onDeadlock ? step.onDeadlock.approval : undefined;
}

/** Where it asks whether to go on. */
export function peopleOfLimit({ reaction }: Limit): People | undefined {
  return typeof reaction === 'object' && 'approval' in reaction ? reaction.approval : undefined;
}

/** All whom the task may ask. */
export function peopleIn({ phases, rollback }: TaskDefinition): readonly People[] {
  const onFailure = rollback?.onFailure;
  return [
    ...(typeof onFailure === 'object' ? [onFailure.approval] : []),
    ...phases.flatMap(({ steps, limits = [] }) => [
      ...steps.flatMap((step) => peopleOf(step) ?? []),
      ...limits.flatMap((limit) => peopleOfLimit(limit) ?? []),
    ]),
  ];
}

/** What follows when nobody has decided in the end. */
export function lastReactionOf(onDeadline: DeadlineReaction | undefined) {
  return typeof onDeadline === 'object' && 'escalate' in onDeadline
    ? onDeadline.escalate.afterwards
    : onDeadline;
}
