import type { ApprovalAsk, ConsensusStep, DeadlineReaction, Limit, Reaction } from '../../task/definition.ts';

/** What a file says is to follow, as sentences. */

export function reactionInWords(reaction: Reaction): string {
  if (reaction === 'fail') return 'it fails';
  if (reaction === 'continue') return 'it goes on without';
  const { to, afterwards } = reaction.rollback;
  const where = to === undefined ? 'everything is undone' : `all since the checkpoint ${to} is undone`;
  return afterwards === 'continue' ? `${where}, and it goes on from there` : where;
}

/** What comes when nobody decided in time. */
export function deadlineInWords(ask: Pick<ApprovalAsk, 'onDeadline'>, isExtended: boolean): string {
  return finalWord(ask.onDeadline ?? 'fail', isExtended);
}

function finalWord(reaction: DeadlineReaction, isExtended: boolean): string {
  if (reaction === 'approve') return 'it counts as approved';
  if (reaction === 'reject') return 'it counts as rejected';
  if (typeof reaction === 'object' && 'escalate' in reaction) {
    const { to, afterwards } = reaction.escalate;
    return isExtended ? finalWord(afterwards, false) : `${to.join(', ')} may decide as well, with more time`;
  }
  return reactionInWords(reaction);
}

/** What comes of a vote that finds no decision. */
export function deadlockInWords({ onDeadlock = 'fail' }: Pick<ConsensusStep, 'onDeadlock'>): string {
  if (onDeadlock === 'fail') return 'it fails';
  if ('choice' in onDeadlock) return `it takes ${onDeadlock.choice}`;
  if ('approval' in onDeadlock) return 'people are asked (onDeadlock → approval)';
  return reactionInWords(onDeadlock);
}

export function limitInWords({ reaction }: Pick<Limit, 'reaction'>): string {
  switch (reaction) {
    case 'notify':
      return 'people are told';
    case 'slow':
      return 'half as many steps run at once';
    case 'pause':
      return 'the execution is paused';
    case 'fail':
      return 'the phase fails';
    default:
      return 'approval' in reaction ? 'people are asked whether it goes on' : reactionInWords(reaction);
  }
}
