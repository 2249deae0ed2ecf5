import type { AgentContext } from '../../../machines/agent-context.ts';
import { hasAttemptsLeft } from '../../../machines/agent-work.ts';
import { phaseId } from '../../../machines/execution-work.ts';
import { limitsOf } from '../../../machines/limits.ts';
import { childrenOf } from '../../engine/delivery.ts';
import type { Fold } from '../../engine/fold.ts';
import type { Why } from '../documents.ts';
import { deadlineInWords, limitInWords, reactionInWords } from './reactions.ts';

/** What happens by itself, soonest first. While the execution is paused only what goes on meanwhile. */
export function nextOf(fold: Fold): Why['next'] {
  if (fold.hasEnded) return [];
  const timers = fold
    .owed()
    .flatMap((effect) =>
      effect.kind === 'timer' ? [{ at: effect.dueAt, what: whatOf(fold, effect.id) }] : [],
    );
  return timers.sort((a, b) => a.at - b.at || (a.what < b.what ? -1 : 1)).slice(0, MOST);
}

const MOST = 20;

function whatOf(fold: Fold, id: string): string {
  const [kind, name = '', , purpose = ''] = id.split('/');
  switch (kind) {
    case 'execution':
      return executionWord(fold);
    case 'phase':
      return phaseWord(fold, Number(name), purpose);
    default:
      return stepWord(fold, name, purpose);
  }
}

function executionWord({ pinned }: Fold): string {
  const { onFailure } = pinned.definition;
  if (typeof onFailure === 'string') return 'maxExecutionTime: the execution times out';
  return `maxExecutionTime: ${reactionInWords(onFailure)}`;
}

function phaseWord(fold: Fold, index: number, purpose: string): string {
  const phase = fold.pinned.definition.phases[index];
  if (phase === undefined) return 'a phase is over its time';
  if (purpose.startsWith('limit-')) {
    const limit = limitsOf(phase)[Number(purpose.slice('limit-'.length))];
    return limit === undefined
      ? `phase ${phase.name} reaches a limit`
      : `phase ${phase.name} reaches its limit ${limit.name}: ${limitInWords(limit)}`;
  }
  const isBackingOff = childrenOf(fold.root)[phaseId(index)]?.getSnapshot().value === 'backingOff';
  return isBackingOff ? `phase ${phase.name} is tried again` : `phase ${phase.name} times out`;
}

function stepWord(fold: Fold, run: string, purpose: string): string {
  const snapshot = fold.world.steps.get(run)?.getSnapshot();
  if (snapshot === undefined) return `${run} is over its time`;
  const { context, value } = snapshot;
  if (purpose === 'remind') return `people are reminded of ${run}`;
  if (purpose === 'escalate') {
    const to = fold.world.ledger.approvals.get(run)?.ask.escalate?.to ?? [];
    return `${to.join(', ')} may decide ${run} as well`;
  }
  if (purpose === 'deadline') {
    const ask = fold.world.ledger.approvals.get(run)?.ask;
    return `${run} is not decided: ${deadlineInWords(ask ?? {}, context.isExtended)}`;
  }
  switch (value) {
    case 'offered':
      return `${run} fails if no host has claimed it`;
    case 'claimed': {
      const again = hasAttemptsLeft(context as AgentContext);
      return `attempt ${context.attempt} of ${run} times out${again ? ' and is tried again' : ''}`;
    }
    case 'backingOff':
      return `${run} is tried again (attempt ${context.attempt})`;
    case 'waiting':
      return `${run} fails if the signal ${context.signal} has not come`;
    case 'voting':
      return `the vote ${run} closes with the ballots that are there`;
    case 'revealing':
      return `sealed ballots of ${run} that are not opened count as abstentions`;
    default:
      return `${run} times out`;
  }
}
